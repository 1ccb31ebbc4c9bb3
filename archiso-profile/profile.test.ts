/** The profile against the rules of archiso 88, which checks few of them itself. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'
import { filePermissions, inProfile, listOf, PROFILE, values } from './profile.ts'

const [installDir = ''] = values('profiledef.sh', 'install_dir')
const packages = listOf(inProfile('packages.x86_64'))
const treePackages = (tree: string) => listOf(readFileSync(join(ROOT, `iso/trees/${tree}.packages`), 'utf8'))

describe('profiledef.sh', () => {
  test('starts under BIOS and under UEFI, by names that archiso still has', () => {
    assert.deepEqual(values('profiledef.sh', 'bootmodes'), ['bios.syslinux', 'uefi.systemd-boot'])
    assert.deepEqual(values('profiledef.sh', 'buildmodes'), ['iso'])
  })

  test('has a folder on the disc and an image type that archiso takes', () => {
    assert.match(installDir, /^[a-z0-9]{1,8}$/)
    assert.ok(
      ['squashfs', 'ext4+squashfs', 'erofs'].includes(
        values('profiledef.sh', 'airootfs_image_type')[0] as string,
      ),
    )
    assert.match(values('profiledef.sh', 'iso_label')[0] as string, /^[A-Z0-9_]{1,32}$/)
    assert.deepEqual(values('profiledef.sh', 'arch'), ['x86_64'])
  })

  test('is of the version that is built, and of no other', () => {
    assert.deepEqual(values('profiledef.sh', 'iso_version'), ['1.2.3'])
    assert.throws(() =>
      execFileSync('bash', ['-c', '. ./profiledef.sh'], { cwd: PROFILE, env: {}, stdio: 'pipe' }),
    )
  })

  test('makes the same image from the same sources', () => {
    const options = values('profiledef.sh', 'airootfs_image_tool_options')
    assert.ok(options.includes('-T1700000000') && options.includes('--all-time'))
  })
})

describe('packages', () => {
  /** What Debian's packages are called in Arch; "base" has or needs most of them. */
  const ARCH_NAMES: Record<string, string> = {
    'ca-certificates': 'ca-certificates',
    dbus: 'base',
    dosfstools: 'dosfstools',
    e2fsprogs: 'e2fsprogs',
    'cryptsetup-bin': 'cryptsetup',
    'systemd-cryptsetup': 'base',
    'libtss2-esys-3.0.2-0t64': 'tpm2-tss',
    'libtss2-mu-4.0.1-0t64': 'tpm2-tss',
    'libtss2-rc0t64': 'tpm2-tss',
    'libtss2-tcti-device0t64': 'tpm2-tss',
    fdisk: 'base',
    iproute2: 'base',
    iwd: 'iwd',
    kbd: 'base',
    kmod: 'base',
    libbpf1: 'libbpf',
    'libidn2-0': 'libidn2',
    less: 'less',
    libcrypt1: 'libxcrypt-compat',
    'libnss-myhostname': 'base',
    'libnss-resolve': 'base',
    'libnss-systemd': 'base',
    'libpam-systemd': 'base',
    mandoc: 'mandoc',
    nano: 'nano',
    nftables: 'nftables',
    'openssh-server': 'openssh',
    openssl: 'openssl',
    python3: 'python',
    'python3-pip': 'python-pip',
    quota: 'quota-tools',
    systemd: 'base',
    'systemd-resolved': 'base',
    'systemd-sysv': 'base',
    'systemd-timesyncd': 'base',
    'systemd-zram-generator': 'zram-generator',
    udev: 'base',
    'wireless-regdb': 'wireless-regdb',
    // Of the kernel and the hardware.
    'amd64-microcode': 'amd-ucode',
    'firmware-atheros': 'linux-firmware-atheros',
    'firmware-bnx2': 'linux-firmware-broadcom',
    'firmware-bnx2x': 'linux-firmware-broadcom',
    'firmware-brcm80211': 'linux-firmware-broadcom',
    'firmware-iwlwifi': 'linux-firmware-intel',
    'firmware-linux-free': 'linux-firmware-other',
    'firmware-mediatek': 'linux-firmware-mediatek',
    'firmware-misc-nonfree': 'linux-firmware-other',
    'firmware-realtek': 'linux-firmware-realtek',
    'intel-microcode': 'intel-ucode',
    'linux-image-amd64': 'linux',
  }
  /** What archiso itself needs, what every system of Debian has without being asked for: hostname(1), and letters. */
  const OF_ARCH_ALONE = ['mkinitcpio', 'mkinitcpio-archiso', 'syslinux', 'inetutils', 'terminus-font']

  test('have names that pacman takes, each once', () => {
    for (const name of packages) assert.match(name, /^[a-z0-9@_+][a-z0-9@._+-]*$/)
    assert.equal(new Set(packages).size, packages.length)
  })

  test('include what archiso and its boot modes need', () => {
    // "base" brings pacman and with it /etc/pacman.conf, without which archiso can't list what is installed.
    for (const name of ['base', 'linux', 'mkinitcpio', 'mkinitcpio-archiso', 'syslinux'])
      assert.ok(packages.includes(name), name)
  })

  test('are those of the base of Debian under their names in Arch, and no more', () => {
    const counterparts = [...treePackages('root'), ...treePackages('kernel-generic')]
      .filter((name) => name !== 'busybox-static')
      .map((name) => {
        assert.ok(
          ARCH_NAMES[name],
          `what is Debian's ${name} called in Arch? Say it here, and in packages.x86_64`,
        )
        return ARCH_NAMES[name]
      })
    assert.deepEqual([...packages].sort(), [...new Set([...counterparts, ...OF_ARCH_ALONE])].sort())
  })

  test('come signed, from the mirrors of the machine that builds', () => {
    const conf = inProfile('pacman.conf')
    assert.deepEqual(
      [...conf.matchAll(/^\[(.*)\]$/gm)].map(([, name]) => name),
      ['options', 'core', 'extra'],
    )
    assert.match(conf, /^SigLevel = Required DatabaseOptional$/m)
    assert.equal(conf.match(/^Include = \/etc\/pacman\.d\/mirrorlist$/gm)?.length, 2)
    assert.deepEqual(values('profiledef.sh', 'pacman_conf'), ['pacman.conf'])
  })
})

describe('airootfs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archiso-profile-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  before(() => execFileSync(join(ROOT, 'iso/stage.sh'), [folder]))
  const below = (path: string) =>
    globSync('**/*', { cwd: path }).filter((name) => lstatSync(join(path, name)).isFile())

  test('keeps the mode of everything that runs, and names nothing that is not there', () => {
    const permissions = filePermissions()
    for (const [path, value] of permissions) {
      assert.match(value, /^\d+:\d+:[0-7]{3,4}$/, path)
      assert.ok(
        [folder, join(PROFILE, 'airootfs')].some((root) => existsSync(join(root, path))),
        `${path} is not there`,
      )
    }
    for (const name of below(folder)) {
      if ((lstatSync(join(folder, name)).mode & 0o111) === 0) continue
      assert.equal(permissions.get(`/${name}`), '0:0:755', `/${name} would not be executable`)
    }
  })

  test('has nothing executable within node_modules but npm itself', () => {
    const isNpm = (name: string) => /^usr\/lib\/node_modules\/npm\/bin\/np[mx]-cli\.js$/.test(name)
    for (const name of below(folder).filter((name) => name.includes('node_modules/') && !isNpm(name)))
      assert.equal(lstatSync(join(folder, name)).mode & 0o111, 0, name)
  })

  test('holds in git what is of Arch alone, and no copy of the overlay', () => {
    for (const name of below(join(PROFILE, 'airootfs')))
      assert.ok(!existsSync(join(folder, name)), `${name} is in the overlay, too`)
  })

  test('locks root, whom Arch lets in without a password', () => {
    for (const line of listOf(inProfile('airootfs/etc/shadow'))) assert.match(line, /^[^:]+:[!*]+:/)
    assert.equal(filePermissions().get('/etc/shadow'), '0:0:400')
  })

  test('runs no script that archiso is about to drop, and no user from a file', () => {
    for (const path of ['root/customize_airootfs.sh', 'etc/passwd'])
      assert.ok(!existsSync(join(PROFILE, 'airootfs', path)), path)
  })

  test('finishes the system in the last hook of pacman', () => {
    const hooks = globSync('etc/pacman.d/hooks/*', { cwd: join(PROFILE, 'airootfs') })
    const last = hooks
      .map((path) => path.slice(path.lastIndexOf('/') + 1))
      .sort()
      .at(-1)
    assert.equal(last, 'zz-llmbasedos.hook')
    const hook = inProfile(`airootfs/etc/pacman.d/hooks/${last}`)
    assert.match(hook, /^When = PostTransaction$/m)
    assert.match(hook, /^Exec = \/bin\/bash \/var\/tmp\/llmbasedos\/finish\.sh$/m)
  })

  test('gives keyboards their letters before the ramdisk, which has them too, is made by 90-mkinitcpio-install.hook', () => {
    const name = '50-llmbasedos-keyboards.hook'
    assert.ok(name < '90-mkinitcpio-install.hook')
    const hook = inProfile(`airootfs/etc/pacman.d/hooks/${name}`)
    assert.match(hook, /^When = PostTransaction$/m)
    assert.match(
      hook,
      /^Exec = \/bin\/bash \/var\/tmp\/llmbasedos\/console\/letters\.sh \/usr\/share\/kbd\/keymaps$/m,
    )
  })
})

describe('ramdisk', () => {
  const config = 'airootfs/etc/mkinitcpio.conf.d/llmbasedos.conf'
  const preset = 'airootfs/etc/mkinitcpio.d/linux.preset'

  test('is the one that the preset of the kernel makes', () => {
    const [name = ''] = values(preset, 'PRESETS')
    assert.deepEqual(values(preset, 'PRESETS'), [name])
    assert.equal(
      join(PROFILE, 'airootfs', values(preset, `${name}_config`)[0] as string),
      join(PROFILE, config),
    )
    assert.deepEqual(values(preset, `${name}_image`), ['/boot/initramfs-linux.img'])
    assert.deepEqual(values(preset, 'ALL_kver'), ['/boot/vmlinuz-linux'])
  })

  test('has the hooks that find the medium and then the data', () => {
    const hooks = values(config, 'HOOKS')
    assert.deepEqual(hooks.slice(0, 2), ['base', 'udev'])
    for (const name of ['archiso', 'block', 'filesystems', 'microcode']) assert.ok(hooks.includes(name), name)
    assert.ok(hooks.indexOf('archiso') < hooks.indexOf('llmbasedos'))
  })

  test('gets the modules and the programs that the ramdisk of Debian has', () => {
    const initramfs = join(ROOT, 'iso/initramfs')
    const hook = inProfile('airootfs/etc/initcpio/install/llmbasedos').replaceAll('/etc/initcpio', initramfs)
    const script = `map() { f=$1; shift; for each; do $f "$each"; done; }
      for f in add_module add_binary add_file add_runscript; do eval "$f() { echo $f \\$*; }"; done
      bash() { touch "$3/de"; }
      ${hook}
      build`
    const said = execFileSync('bash', ['-euc', script], { encoding: 'utf8' }).trim().split('\n')
    const given = (verb: string) =>
      said.filter((line) => line.startsWith(`${verb} `)).map((line) => line.slice(verb.length + 1))
    const stages = readdirSync(join(initramfs, 'modules'))
    const lines = (path: string) => listOf(readFileSync(join(initramfs, path), 'utf8'))
    // With "?" mkinitcpio passes over what is part of the kernel.
    assert.deepEqual(
      given('add_module'),
      stages.flatMap((stage) => lines(`modules/${stage}`)).map((module) => `${module}?`),
    )
    for (const module of ['dm_crypt', 'xts', 'aes_generic', 'aesni_intel'])
      assert.ok(given('add_module').includes(`${module}?`))
    assert.deepEqual(given('add_binary'), lines('programs'))
    const files = given('add_file').map((line) => line.replace(/^\S+(?= \/keyboards)/, 'a keyboard'))
    assert.deepEqual(files, [
      ...stages.map((stage) => `${initramfs}/modules/${stage} /stages/${stage} 644`),
      `${initramfs}/data /data 644`,
      'a keyboard /keyboards/de 644',
    ])
    assert.ok(said.includes('add_runscript'))
  })

  test('uses the data as the ramdisk of Debian does: by the same script, once the root is put together', () => {
    const hook = inProfile('airootfs/etc/initcpio/hooks/llmbasedos')
    const init = readFileSync(join(ROOT, 'iso/initramfs/init'), 'utf8')
    for (const text of [hook, init]) assert.match(text, /^\s*\. \/data$/m)
    assert.match(hook, /run_latehook\(\) \{[^}]*use_data \/new_root \/run\/archiso\/airootfs\n/)
    assert.match(init, /^use_data \/root \/run\/image$/m)
    assert.match(
      readFileSync(join(ROOT, 'iso/arch.sh'), 'utf8'),
      /cp -R iso\/initramfs\/\{data,programs,modules\} "\$airootfs\/etc\/initcpio\/"/,
    )
  })
})

describe('boot entries', () => {
  const syslinux = inProfile('syslinux/syslinux.cfg')
  const entries = globSync('efiboot/loader/entries/*.conf', { cwd: PROFILE }).sort()
  const field = (text: string, name: string) =>
    [...text.matchAll(new RegExp(`^\\s*${name}\\s+(.*)$`, 'gm'))].map(([, value]) => value)

  test('are the same under both kinds of firmware', () => {
    const texts = entries.map(inProfile)
    for (const [bios, uefi] of [
      ['LINUX', 'linux'],
      ['INITRD', 'initrd'],
      ['APPEND', 'options'],
      ['MENU LABEL', 'title'],
    ] as const)
      assert.deepEqual(
        field(syslinux, bios),
        texts.flatMap((text) => field(text, uefi)),
      )
  })

  test('ask of the kernel what those of Debian do', () => {
    const asked = readFileSync(join(ROOT, 'iso/kernel-options'), 'utf8').trim()
    for (const options of field(syslinux, 'APPEND')) assert.ok(options?.endsWith(` ${asked}`), options)
    assert.match(readFileSync(join(ROOT, 'iso/image.sh'), 'utf8'), /^options=\$\(cat iso\/kernel-options\)$/m)
  })

  test('start the kernel and the ramdisk that archiso puts on the disc', () => {
    for (const path of field(syslinux, 'LINUX'))
      assert.equal(path, '/%INSTALL_DIR%/boot/%ARCH%/vmlinuz-linux')
    for (const path of field(syslinux, 'INITRD'))
      assert.equal(path, '/%INSTALL_DIR%/boot/%ARCH%/initramfs-linux.img')
  })

  test('tell the ramdisk which medium is its own, and stay on it', () => {
    const [normal = '', without = ''] = field(syslinux, 'APPEND') as string[]
    for (const word of [
      'archisobasedir=%INSTALL_DIR%',
      'archisosearchuuid=%ARCHISO_UUID%',
      'copytoram=n',
      'cow_spacesize=25%',
    ])
      assert.ok(normal.split(' ').includes(word), word)
    assert.deepEqual(
      without.split(' ').filter((word) => !normal.split(' ').includes(word)),
      ['llmbasedos.data=no'],
    )
  })

  test('have only identifiers that archiso replaces', () => {
    const known = ['%ARCHISO_LABEL%', '%ARCHISO_UUID%', '%INSTALL_DIR%', '%ARCH%']
    for (const text of [syslinux, ...entries.map(inProfile)])
      for (const [identifier] of text.matchAll(/%[A-Z_]+%/g))
        assert.ok(known.includes(identifier), identifier)
    // In loader.conf nothing is replaced.
    assert.doesNotMatch(inProfile('efiboot/loader/loader.conf'), /%/)
  })

  test('have one that starts by itself', () => {
    const loader = inProfile('efiboot/loader/loader.conf')
    assert.equal(`efiboot/loader/entries/${field(loader, 'default')[0]}`, entries[0])
    assert.ok(field(syslinux, 'LABEL').includes(field(syslinux, 'DEFAULT')[0] as string))
    // Seconds there, tenths of seconds here.
    assert.deepEqual([field(loader, 'timeout'), field(syslinux, 'TIMEOUT')], [['1'], ['10']])
  })
})
