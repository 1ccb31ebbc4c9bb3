/** Two hundred tools: those of our own servers, and as many more as a person with many servers of others has. */
import { describeServer } from '../../../src/protocol/descriptor.ts'
import type { Tool } from '../../../src/protocol/mcp.ts'
import { advertisedName } from '../../../src/protocol/names.ts'
import { loadServers } from '../../servers.ts'

/** By server: each tool with what it says it does, and its parameters; those with a question mark are not needed. */
const OTHERS: Readonly<Record<string, string>> = {
  github: `
    create_issue | Create a new issue in a GitHub repository | owner repo title body? labels?
    list_issues | List issues in a repository with filters | owner repo state? labels?
    get_issue | Get details of one issue | owner repo number
    add_issue_comment | Add a comment to an existing issue | owner repo number body
    create_pull_request | Open a pull request from one branch to another | owner repo head base title
    merge_pull_request | Merge a pull request | owner repo number method?
    list_pull_requests | List pull requests of a repository | owner repo state?
    create_branch | Create a branch in a repository | owner repo branch from?
    search_code | Search for code across repositories | query page?
    fork_repository | Fork a repository to your account | owner repo
    list_commits | List the commits of a branch | owner repo branch?
    get_workflow_run | Get the status and the log of a CI workflow run | owner repo run_id`,
  slack: `
    post_message | Post a message to a channel | channel text
    reply_to_thread | Reply to a message in its thread | channel ts text
    add_reaction | Add an emoji reaction to a message | channel ts emoji
    list_channels | List public channels of the workspace | cursor?
    get_channel_history | Get recent messages from a channel | channel limit?
    get_users | List the users of the workspace | cursor?
    set_status | Set your own status text and emoji | text emoji? until?`,
  calendar: `
    create_event | Create an event in a calendar | title start end attendees? location?
    list_events | List events between two dates | from to calendar?
    update_event | Change the time or the title of an event | id start? end? title?
    delete_event | Delete an event from a calendar | id
    find_free_time | Find times at which all attendees are free | attendees duration from? to?
    respond_to_invitation | Accept or decline an invitation to a meeting | id response`,
  home: `
    turn_on | Turn a light or a device on | entity brightness?
    turn_off | Turn a light or a device off | entity
    set_temperature | Set the target temperature of a thermostat | entity celsius
    lock_door | Lock a door | entity
    unlock_door | Unlock a door | entity code?
    get_state | Get the current state of a device or a sensor | entity
    list_devices | List all devices, by room | room?
    run_scene | Activate a scene such as movie night | scene
    open_cover | Open a blind, a curtain or the garage | entity
    close_cover | Close a blind, a curtain or the garage | entity
    start_vacuum | Start the robot vacuum cleaner | entity rooms?
    get_camera_snapshot | Take a picture with a security camera | entity`,
  music: `
    play | Play a song, an album or a playlist | query device?
    pause | Pause the music | device?
    skip_track | Skip to the next track | device?
    set_volume | Set the volume of a player | percent device?
    create_playlist | Create a playlist | name songs?
    add_to_playlist | Add songs to a playlist | playlist songs
    search_songs | Search for songs by title or artist | query
    get_currently_playing | Tell which song is playing now |`,
  postgres: `
    query | Run a read-only SQL query | sql
    list_tables | List the tables of the database | schema?
    describe_table | Describe the columns of a table | table
    explain_query | Show the execution plan of a query | sql
    list_slow_queries | List the slowest queries of the last day | limit?`,
  notion: `
    create_page | Create a page in a workspace | parent title content?
    update_page | Update the properties of a page | page properties
    get_page | Get a page with its content | page
    search_pages | Search pages and databases by title | query
    query_database | Query the rows of a database with filters | database filter? sorts?
    append_block | Append a paragraph to a page | page text
    create_comment | Comment on a page | page text`,
  jira: `
    create_ticket | Create a ticket in a project | project summary type? description?
    transition_ticket | Move a ticket to another state of its workflow | ticket state
    assign_ticket | Assign a ticket to a person | ticket assignee
    search_tickets | Search tickets with JQL | jql
    log_work | Log hours of work on a ticket | ticket hours
    list_sprints | List the sprints of a board | board`,
  maps: `
    geocode | Convert an address into coordinates | address
    reverse_geocode | Convert coordinates into an address | latitude longitude
    directions | Get directions between two places | origin destination mode?
    distance_matrix | Get travel distance and duration between many places | origins destinations
    search_places | Search for places such as restaurants near a location | query near?
    place_details | Get opening hours, phone number and reviews of a place | place
    elevation | Get the elevation of a location above sea level | latitude longitude`,
  weather: `
    get_forecast | Get the weather forecast for the next days | location days?
    get_current_weather | Get the current temperature, wind and rain | location
    get_alerts | Get warnings of storms and floods | region
    get_air_quality | Get the air quality and pollen | location`,
  browser: `
    navigate | Open a URL in the browser | url
    click | Click on an element of the page | selector
    fill_form | Fill in a form on the page | fields
    take_screenshot | Take a screenshot of the page | full?
    extract_text | Extract the readable text of a web page | url
    search_web | Search the web | query
    download | Download a file from a URL | url path?
    close_tab | Close a browser tab | id?`,
  git: `
    status | Show the working tree status | repo
    diff | Show changes that are not staged | repo
    commit | Record changes to the repository | repo message
    log | Show the commit log | repo max_count?
    checkout | Switch branches | repo branch
    blame | Show who last changed each line of a file | repo path
    stash | Stash the changes of the working tree | repo
    push | Push commits to a remote | repo remote?`,
  docker: `
    list_containers | List running containers | all?
    start_container | Start a container | id
    stop_container | Stop a container | id
    container_logs | Fetch the logs of a container | id tail?
    pull_image | Pull an image from a registry | image
    remove_image | Remove an image | image
    prune | Remove unused images, networks and volumes |`,
  photos: `
    search_photos | Search photos by people, place or date | query
    create_album | Create an album of photos | name photos?
    share_album | Share an album with people | album people
    resize_image | Resize an image | path width height?
    remove_background | Remove the background of an image | path
    describe_image | Describe what an image shows | path`,
  contacts: `
    find_contact | Find the phone number, email and address of a person | name
    add_contact | Add a person to the address book | name phone? email?
    update_contact | Update the details of a person | id fields
    list_birthdays | List upcoming birthdays | days?`,
  todo: `
    add_task | Add a task to a list | title due? list?
    complete_task | Mark a task as completed | id
    list_tasks | List open tasks | list? due?
    set_reminder | Set a reminder for a date and time | text at
    delete_task | Delete a task | id
    move_task | Move a task to another list | id list`,
  language: `
    translate | Translate text into another language | text to from?
    detect_language | Detect the language of a text | text
    check_grammar | Check the spelling and grammar of a text | text
    define_word | Look up a word in a dictionary | word`,
  money: `
    convert_currency | Convert an amount between currencies by today's exchange rate | amount from to
    list_transactions | List transactions of a bank account | account from? to?
    get_balance | Get the balance of a bank account | account
    transfer | Transfer money to another account | from to amount
    get_stock_price | Get the price of a stock | symbol
    categorize_spending | Sum up spending by category and month | month?`,
  fitness: `
    log_workout | Log a workout | type minutes
    get_steps | Get the number of steps of a day | date?
    get_sleep | Get how long and how well you slept | date?
    log_weight | Log your body weight | kilograms
    get_heart_rate | Get the heart rate over a day | date?`,
  recipes: `
    search_recipes | Search recipes by ingredients | ingredients diet?
    get_recipe | Get the ingredients and steps of a recipe | id
    plan_meals | Plan the meals of a week | people? diet?
    add_to_shopping_list | Add ingredients to the shopping list | items`,
  travel: `
    search_flights | Search flights between two airports | from to date return?
    search_hotels | Search hotels in a city | city checkin checkout guests?
    get_flight_status | Get the delay and the gate of a flight | flight
    search_trains | Search train connections | from to at?
    track_parcel | Track a parcel by its number | number`,
  media: `
    download_subtitles | Download the subtitles of a video | url language?
    transcribe_audio | Transcribe speech in an audio file to text | path language?
    convert_video | Convert a video to another format | path format
    trim_video | Cut a part out of a video | path start end
    text_to_speech | Read text aloud with a voice | text voice?`,
  print: `
    list_printers | List the printers in the network |
    print_file | Print a file | path printer? copies?
    scan_page | Scan a page from the scanner to a file | path resolution?`,
  system: `
    disk_usage | Show how much disk space is used and free | path?
    list_processes | List running processes by CPU and memory | limit?
    restart_service | Restart a system service | name
    run_backup | Run a backup now | target?
    check_updates | Check for software updates |`,
  cloud: `
    list_buckets | List storage buckets |
    upload_object | Upload a file to a bucket | bucket path key?
    presign_url | Make a temporary link to a stored object | bucket key expires?
    list_instances | List virtual machines | region?
    start_instance | Start a virtual machine | id
    stop_instance | Stop a virtual machine | id
    get_costs | Get the costs of this month by service | month?`,
}

export async function manyTools(): Promise<Tool[]> {
  const ours = (await loadServers())
    .filter(({ fixture }) => !fixture)
    .map(({ server }) => describeServer(server))
    .filter(({ models }) => models === undefined)
  const own = ours.flatMap(({ service_name: server, tools }) =>
    tools.map(
      ({ name, title, description, inputSchema }): Tool => ({
        name: advertisedName(server, name),
        description,
        inputSchema,
        ...(title === undefined ? {} : { title }),
      }),
    ),
  )
  const others = Object.entries(OTHERS).flatMap(([server, lines]) =>
    lines
      .trim()
      .split('\n')
      .map((line) => otherTool(server, line.split('|'))),
  )
  return [...own, ...others]
}

function otherTool(server: string, [name = '', description = '', parameters = '']: string[]): Tool {
  const names = parameters.split(' ').filter((word) => word !== '')
  return {
    name: advertisedName(server, name.trim()),
    description: `${description.trim()}.`,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(
        names.map((word) => [
          word.replace('?', ''),
          { type: 'string', description: `The ${word.replace('?', '')}.` },
        ]),
      ),
      required: names.filter((word) => !word.endsWith('?')),
    },
  }
}
