import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineError, FunctionTool } from '../../../models/engine.ts'
import { ChatTemplate } from './template.ts'

const MARKS = { bos: '<s>', eos: '</s>' }
const tool: FunctionTool = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

test('a conversation is written as its template says, up to where the answer begins', () => {
  const template = new ChatTemplate(
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
    MARKS,
  )
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'And ' },
        { type: 'text', text: 'then?' },
      ],
    },
  ]
  assert.equal(template.render(messages), '<s>[user]Hi[assistant]Hello</s>[user]And then?[assistant]')
  assert.equal(template.knowsTools, false)
})

test('a file without a template gets ChatML', () => {
  assert.equal(
    new ChatTemplate(undefined, MARKS).render([{ role: 'user', content: 'Hi' }]),
    '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  )
})

test('tools, calls and their results reach the template, arguments as values', () => {
  const template = new ChatTemplate(
    "{% if tools %}{% for t in tools %}{{ t.function.name }}:{{ t.function.parameters | tojson }}{% endfor %}{% endif %}{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}<{{ c.function.name }} {{ c.function.arguments.city }}>{% endfor %}{% elif m.role == 'tool' %}={{ m.content }}({{ m.tool_call_id }}){% endif %}{% endfor %}",
    MARKS,
  )
  assert.equal(template.knowsTools, true)
  const call = {
    id: 'c1',
    type: 'function' as const,
    function: { name: 'weather', arguments: '{"city":"Rome"}' },
  }
  const text = template.render(
    [
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', content: 'sunny', tool_call_id: 'c1' },
    ],
    [tool],
  )
  assert.match(text, /^weather:\{.*"city".*\}<weather Rome>=sunny\(c1\)$/)
  assert.equal(template.render([{ role: 'user', content: 'x' }]), '')
})

const code = (wanted: string) => (error: EngineError) => error.code === wanted

test('a template that knows no system, or wants turns to alternate, is given turns', () => {
  const turns =
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.role }}]{{ m.content | trim }}{% endfor %}"
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'user', content: 'there' },
    { role: 'assistant', content: 'Hello' },
    { role: 'developer', content: 'Be kind.' },
    { role: 'user', content: 'Bye' },
  ]
  const plain = '[user]Be brief.\n\nHi\n\nthere[assistant]Hello[user]Be kind.\n\nBye'
  assert.equal(new ChatTemplate(turns, MARKS).render(messages), plain)
  const refusing = `{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}${turns}`
  assert.equal(new ChatTemplate(refusing, MARKS).render(messages), plain)
  assert.equal(new ChatTemplate(refusing, MARKS).render(messages.slice(0, 1)), '[user]Be brief.')
  const silent =
    "{% for m in messages %}{% if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}"
  assert.equal(new ChatTemplate(silent, MARKS).render(messages.slice(0, 2)), '[user]Be brief.\n\nHi')
})

test('what the developer says is the system’s where the template knows no developer', () => {
  const says = [{ role: 'developer', content: 'Be brief.' }]
  const text = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}'
  assert.equal(new ChatTemplate(text, MARKS).render(says), '[system]Be brief.')
  const knows = `{# developer #}${text}`
  assert.equal(new ChatTemplate(knows, MARKS).render(says), '[developer]Be brief.')
})

const asked = { id: 'call_5f2c7a', type: 'function' as const }
const conversation = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Rome?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ ...asked, function: { name: 'weather', arguments: '{"city":"Rome"}' } }],
  },
  { role: 'tool', tool_call_id: asked.id, content: 'sunny' },
  { role: 'user', content: 'And then?' },
]

test('what a tool said becomes the user’s words where the template knows no tools', () => {
  const called = 'Call of weather: {"city":"Rome"}'
  const result = 'Result of weather:\nsunny'
  const silent =
    "{% for m in messages %}{% if m.role != 'tool' %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}"
  assert.equal(
    new ChatTemplate(silent, MARKS).render(conversation),
    `[system]Be brief.[user]Rome?[assistant]${called}[user]${result}[user]And then?`,
  )
  const turns =
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}"
  assert.equal(
    new ChatTemplate(turns, MARKS).render(conversation),
    `[user]Be brief.\n\nRome?[assistant]${called}[user]${result}\n\nAnd then?`,
  )
})

test('a template that writes results as JSON is taken as it is, and one that wants ids of nine letters has such', () => {
  const json =
    '{% for m in messages %}[{{ m.role }}]{{ m.content | tojson }}{% for c in m.tool_calls or [] %}{{ c.id }}{% endfor %}{{ m.tool_call_id }}{% endfor %}'
  const quoted = [...conversation.slice(0, 3), { ...conversation[3], role: 'tool', content: '"a"\n' }]
  assert.match(new ChatTemplate(json, MARKS).render(quoted), /call_5f2c7a\[tool\]".*"call_5f2c7a$/)
  const nine = `{% for m in messages %}{% for c in m.tool_calls or [] %}{% if c.id | length != 9 %}{{ raise_exception('Tool call IDs should be alphanumeric strings with length 9!') }}{% endif %}{% endfor %}{% endfor %}${json}`
  assert.match(new ChatTemplate(nine, MARKS).render(conversation), /(\w{9})\[tool\]"sunny"\1\[user\]/)
})

test('what the model would not say is a text of its own', () => {
  const template = new ChatTemplate('{% for m in messages %}{{ m.content }}{% endfor %}', MARKS)
  assert.equal(
    template.render([{ role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }]),
    'No.',
  )
})

test('what a template refuses is reported, and so are pictures', () => {
  const strict = new ChatTemplate("{{ raise_exception('roles must alternate') }}", MARKS)
  assert.throws(() => strict.render([{ role: 'user', content: 'x' }]), /roles must alternate/)
  const plain = new ChatTemplate('{{ messages[0].content }}', MARKS)
  const picture = [{ role: 'user', content: [{ type: 'image_url' }] }]
  assert.throws(() => plain.render(picture), code('invalid_request'))
  assert.throws(() => new ChatTemplate('{% if %}', MARKS), code('bad_model_file'))
})
