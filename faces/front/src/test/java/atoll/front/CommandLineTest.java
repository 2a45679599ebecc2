package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest extends CommandLineFixture {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run --kernal Image            | unknown option '--kernal'; did you mean --kernel?
          run --kernal=Image            | unknown option '--kernal'; did you mean --kernel?
          run --zzz                     | unknown option '--zzz' (
          rnu                           | unknown command 'rnu'; did you mean run?
          RUN hello                     | unknown command 'RUN'; did you mean run?
          help rnu                      | unknown command 'rnu'; did you mean run?
          -x                            | unknown option '-x' (for more
          run hello --CPUS 2            | unknown option '--CPUS'; did you mean --cpus?
          run hello --engine Translator | there is no engine 'Translator'; choose auto, translator or interpreter; did you mean translator?
          run linux debian              | unknown argument 'debian'
          run                           | say what to run: atoll run linux
          run lunix                     | there is no guest 'lunix' (did you mean linux?)
          run my.yaml                   | 'my.yaml' is a file; of a recipe make an image: atoll image build my.yaml
          run hello --uefi              | --uefi starts what is on a disk, and not hello
          run --uefi --kernel k --append x | leave out --kernel, --append
          run hello --fw-cfg opt/a      | 'opt/a' is not of the form name=NAME,file=FILE or name=NAME,string=TEXT
          run hello --fw-cfg name=,string=x | '' is not a name; give up to 55 letters
          run hello --fw-cfg opt/a,file=no | 'no' is not a file that can be read
          run hello --fw-cfg opt/a,string=1 --fw-cfg name=opt/a,string=2 | --fw-cfg opt/a is given twice
          run hello --fresh             | hello has no disk of its own; leave out --fresh
          run hello --isolated          | hello has only the network and folders that are asked for; leave out --isolated
          image                         | say what to do, for example: atoll image list
          image biuld                   | unknown command 'biuld'; did you mean build?
          image rm                      | 'NAME'
          image build debian --cpus 33  | '33' is not a whole number from 1 to 32
          image build debian --mirror x | 'x' is not the address of a mirror
          image pull                    | 'ADDRESS'
          image pull x.img --sha256 abc | 'abc' is not a checksum; give 64 hexadecimal digits of SHA-256, or 128 of SHA-512
          up any.yaml --dry-run --fresh | --fresh does not go with --dry-run
          run hello --append x          | hello brings its own image
          run --kernel                  | '--kernel' (FILE)
          run hello --memory 512        | '512' is not a size; give a number with a unit, such as 512M
          run hello --memory much       | 'much' is not a size
          run hello --cpus two          | '--cpus': 'two' is not a whole number from 1 to 32
          run hello --cpus 1.5          | '1.5' is not a whole number from 1 to 32
          run hello --cpus 99999999999  | '99999999999' is not a whole number from 1 to 32
          run hello --cpus 33           | '33' is not a whole number from 1 to 32
          run hello --cpus 0            | '0' is not a whole number from 1 to 32
          run hello --cpus -1           | '-1' is not a whole number from 1 to 32
          run hello --memory 4097K      | '4097K' is not a size of RAM; give whole pages of 4K
          run hello --memory 0M         | '0M' is not a size of RAM
          run hello --memory 2T         | '2T' is not a size of RAM; give whole pages of 4K, at most 1T
          run hello --memory 99999999T  | '99999999T' is not a size of RAM; give whole pages of 4K, at most 1T
          keys trust a KEY --signer --attester | --signer and --attester are two lists
          run hello --memory -4M        | '-4M' is not a size
          run hello --engine warp       | there is no engine 'warp'; choose auto, translator or interpreter
          run hello --engine intrepreter | did you mean interpreter?
          run hello --mmu hashed        | there is no MMU technique 'hashed'; choose auto, folded
          run hello --mmu direct        | --mmu direct does not go with hello, which is entered in machine mode
          run --firmware f --mmu direct | --mmu direct does not go with firmware f
          run hello --engine interpreter --perf-map | the interpreter generates no code to report on
          run hello --engine interpreter --engine-log e | the interpreter generates no code to report on
          run hello --timeout 999999999h | '999999999h' is not a time
          run hello --timeout -1        | '-1' is not a time
          run hello --disk ,ro          | '' is not a file name
          run hello --disk nbd:x        | 'nbd:x' is not the address of an NBD export
          run hello --disk nbd+unix:///x,ro | 'nbd+unix:///x' does not say its socket
          run hello --disk nbd://h/x,reconnect=soon,ro | has reconnect=soon, which is no number of seconds
          run hello --disk nbds://h/x?timeout=3,tls-key=k | has a tls-key and no tls-cert
          run hello --disk d,format=vdi | 'vdi' is not a format of disks; give raw or qcow2
          run hello --disk d,iops=0     | iops=0 is not understood, expected a number of requests a second from 1 to 999999999
          run hello --disk d,bps=10,ro  | bps=10 is not understood, expected bytes a second with a unit, such as 10M, and at least 4K
          run linux --share ,ro         | '' is not a file name
          run linux --share src,rw      | there is no folder src,rw, and 'rw' is not ro, exclusive, tag=NAME or at=PATH
          run linux --share src,tag=a/b | 'a/b' is not a tag, expected up to 31 letters, digits and _ + . -
          run linux --share src,at=work | 'work' is not a place in a guest, expected a path such as /mnt/work
          run linux --share src --share src,ro | the tag src is given to two folders; name one, as in --share src,tag=other
          run hello --share src,at=/a   | only linux and systems on disks mount folders by themselves
          run hello --net bridge        | there is no network of the kind 'bridge', expected user, tap or remote
          run hello --net user,forwrad=1:1 | 'forwrad' is no part of --net user; did you mean forward?
          run hello --net user,name=tap0 | 'name' is no part of --net user
          run hello --net tap,forward=1:1 | 'forward' is no part of --net tap, expected name, mac
          run hello --net tap,name      | name needs a value: name=...
          run hello --net tap,name=sixteen-letters! | name=sixteen-letters! is not understood, expected up to 15 letters
          run hello --net tap,name=a/b  | name=a/b is not understood, expected up to 15 letters
          run hello --net user,forward=22 | forward=22 is not understood, expected [tcp:|udp:]
          run hello --net user,mac=01:00:00:00:00:00 | mac=01:00:00:00:00:00 is not understood, expected six bytes
          run hello --net user,mtu=9    | mtu=9 is not understood, expected a number of bytes from 1280 to 65535
          run hello --net user,rate=10  | rate=10 is not understood, expected bytes a second
          run hello --net user,restrict=1 | restrict has no value
          run hello --net user,mac      | mac needs a value: mac=...
          run hello --display=large     | 'large' is not a size, expected WIDTHxHEIGHT in pixels
          run hello --display 0x0       | '0x0' is not a size, expected WIDTHxHEIGHT in pixels
          run hello --display large     | unknown argument 'large'
          run hello --vnc host          | 'host' is no place for viewers, expected [ADDRESS:]PORT
          run hello --vnc 0.0.0.0:5901  | viewers from other hosts need a password
          run hello --vnc 5901,password= | '' is not a file name
          run hello --screenshot a.png  | --screenshot needs a display; add --display
          run hello --display --screenshot a.png@soon | behind the @ of 'a.png@soon': 'soon' is not a time
          run hello --display --screenshot - | standard output has something else already
          run hello --display --screenshot a.png --screenshot a.png@1s | --screenshot and --screenshot would both write a.png
          run hello --gdb nowhere       | 'nowhere' is no place for a debugger, expected :PORT
          run hello --gdb /nowhere/g.sock | there is no folder /nowhere
          run hello --gdb /etc/passwd   | /etc/passwd is there and is no socket
          run hello --wait-gdb          | --wait-gdb needs a place for gdb; add --gdb :1234
          run hello --vsock cid=3       | --vsock needs a socket of the host: socket=PATH
          run hello --vsock socket=v.sock,cid=2 | 2 is not a context, expected a number from 3 to 4294967294
          run hello --vsock socket=v.sock,cid=x | cid=x is not understood, expected a number from 3
          run hello --vsock socket=v.sock,port=1 | 'port=1' is no part of --vsock
          run hello --vsock socket=/nowhere/v.sock | there is no folder /nowhere
          run hello --vsock socket=/etc/passwd | /etc/passwd is there and is no socket
          run linux --mirror nonsense   | 'nonsense' is not the address of a mirror
          run linux --mirror ftp://h/d  | 'ftp://h/d' is not the address of a mirror
          run hello --memory 8M --memory 9M | '--memory'
          run hello --reboot=maybe      | '--reboot'
          fetch --mirror http://        | 'http://' is not the address of a mirror
          mmu-report --engine warp      | there is no engine 'warp'
          mmu-report --rounds many      | 'many' is not a whole number from 1 to 100
          mmu-report --rounds 101       | '101' is not a whole number from 1 to 100
          up                            | 'FILE'
          up a.yaml b.yaml              | unknown argument 'b.yaml'
          up a.yaml --json              | --json goes only with --dry-run
          up a.yaml --timeout never     | 'never' is not a time
          run hello --timeout soon      | 'soon' is not a time from 1ns to 876000h; give one such as 60s
          run hello --timeout 0         | '0' is not a time from 1ns to 876000h; give one such as 60s
          run hello --stdin close       | there is no 'close'; choose end or keep
          run hello --expect (          | '(' is not a regular expression: Unclosed group
          run hello --fail [z-a]        | '[z-a]' is not a regular expression: Illegal character range at character 4
          run hello --expect a*         | 'a*' also matches where nothing is printed
          run hello --console-log f,max=1 | max=1 is not a limit; give a size with a unit, such as 64M, and at least 8K
          run hello --trace f,max=4K    | max=4K is not a limit
          run hello --trace f,max=      | max= is not a limit
          run hello --file /a=pom.xml   | hello has no file system; leave out --file
          run --kernel k --file /a=pom.xml | there is no initial RAM disk to put files into; give --initrd too
          run linux --file pom.xml      | 'pom.xml' is not of the form GUEST=HOST
          run linux --file a=pom.xml    | 'a' is not a path in a guest, expected a path in the guest such as /etc/motd
          run linux --file /a/../b=pom.xml | '/a/../b' is not a path in a guest
          run linux --file /a=          | the host's file is missing
          run linux --file /a=no.file   | no.file does not exist; check the path
          run linux --file /a=src       | src is a folder; give each file with a --file of its own
          run linux --file /a=/dev/null | /dev/null is not a regular file
          run linux --file /a=pom.xml --file /a=pom.xml | --file /a is given twice
          run linux --file /a/b=pom.xml --file /a=pom.xml | --file /a is a file, and the folder of another
          run hello --trace f --console-log f | --console-log and --trace would both write f
          run hello --trace ./f --stats-json f | --trace and --stats-json would both write f
          run hello --trace f,max=1M --engine-log f.1 | --trace and --engine-log would both write f.1
          run --firmware pom.xml --trace pom.xml | --trace would overwrite pom.xml, which --firmware reads
          run hello --disk pom.xml --stats-json pom.xml | --stats-json would overwrite pom.xml, which --disk reads
          up s.yaml --expect x          | 'x' is not of the form VM:REGEX
          up s.yaml --fail one:(        | '(' is not a regular expression
          up s.yaml --stdin no          | there is no 'no'; choose end or keep
          run hello --console-log -     | standard output has something else already; give a file, or ./- for one of that name
          run hello --trace -,max=1M    | standard output has something else already
          run hello --engine-log -      | standard output has something else already
          mmu-report --svg -            | standard output has something else already
          up s.yaml --console-log -     | standard output has something else already
          run hello --mirror http://h/d | only linux, debian and the firmware of --uefi are fetched from a mirror; leave out --mirror and --mirror-key
          run hello --mirror-key pom.xml | only linux, debian and the firmware of --uefi are fetched from a mirror
          run --kernel k --mirror http://h/d | only linux, debian and the firmware of --uefi are fetched from a mirror
          fetch now                     | unknown argument 'now'
          validate                      | 'FILE'
          up s.yaml --dryrun            | unknown option '--dryrun'; did you mean --dry-run?
          isa --sensible                | unknown option '--sensible'; did you mean --sensitive?
          """)
  void aWrongCommandLineGivesOneSentenceAndTwo(String line, String expected) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(said()).startsWith("atoll: ").contains(expected).contains(" --help)");
    assertThat(said().lines()).hasSize(1);
    assertThat(shown()).isEmpty();
  }

  @Test
  void nothingAtAllSaysWhatToDo() {
    assertThat(run()).isEqualTo(2);
    assertThat(said()).contains("atoll run hello").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run --kernel /missing/Image          | /missing/Image does not exist; check the path
          run linux --kernel /missing/Image    | --kernel: /missing/Image does not exist
          run linux --initrd /missing/i        | --initrd: /missing/i does not exist
          run linux --dtb /missing/t           | --dtb: /missing/t does not exist
          run --firmware /missing/fw           | /missing/fw does not exist
          run hello --disk /missing/d.img,ro   | /missing/d.img does not exist
          run hello --share /missing/d,ro      | --share: shared folder /missing/d does not exist; make it with: mkdir /missing/d
          run linux --share pom.xml            | --share: shared folder pom.xml is no folder
          run hello --memory 4K                | --memory: hello.elf needs
          run linux --memory 16M               | --memory: 16M are too little for Debian's kernel
          run --uefi --memory 64M              | --memory: 64M are too little for UEFI firmware
          run --uefi-code /missing/c           | --uefi: /missing/c does not exist
          run hello --disk /dev/null           | --disk: disk image /dev/null is a character device
          run hello --console-log /missing/c   | /missing/c cannot be written: there is no such folder
          run hello --dump-dtb /missing/t      | /missing/t cannot be written: there is no such folder
          run hello --trace /missing/t         | /missing/t cannot be written
          run hello --engine-log /missing/e    | /missing/e cannot be written
          run hello --stats-json /missing/s    | the statistics /missing/s cannot be written: there is no such folder
          mmu-report --svg /missing/c          | the chart /missing/c cannot be written: there is no such folder
          mmu-report --svg /dev/full           | the chart /dev/full cannot be written
          run hello --trace /dev/null,max=1M   | a limit is only for regular files
          """)
  void whatCannotBeDoneGivesOneSentenceAnd125(String line, String expected) {
    assertThat(run(line.split(" "))).isEqualTo(125);
    assertThat(said()).startsWith("atoll: ").contains(expected).hasLineCount(1);
  }

  @Test
  void jsonWithoutADryRunIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), SCENARIO);
    assertThat(run("up", file.toString(), "--json")).isEqualTo(2);
    assertThat(said()).contains("--json goes only with --dry-run").hasLineCount(1);
  }

  @Test
  void theVersionIsShown() {
    assertThat(run("--version")).isZero();
    assertThat(shown()).startsWith("atoll ");
  }

  @Test
  void helpListsTheCommands() {
    assertThat(run("help")).isZero();
    assertThat(shown()).contains("run", "fetch", "info", "isa");
    assertThat(said()).isEmpty();
  }

  @Test
  void helpOfRunNamesEveryExitCode() {
    assertThat(run("run", "--help")).isZero();
    assertThat(shown()).contains("--kernel", "--console-log", "120", "124", "125");
  }

  @Test
  void anEmptyNameOfAFileIsWrongUsage() {
    for (String option : List.of("--kernel", "--initrd", "--firmware", "--dtb", "--trace")) {
      err.reset();
      assertThat(run("run", "hello", option, "")).as(option).isEqualTo(2);
      assertThat(said()).contains("'' is not a file name").hasLineCount(1);
    }
  }

  @Test
  void aNameWithAnAtSignIsNoFileOfArguments() {
    assertThat(run("run", "--kernel", "@image")).isEqualTo(125);
    assertThat(said()).contains("--kernel: @image does not exist").hasLineCount(1);
  }

  @Test
  void wordsOfPagingAndOfTrapLoopsAreChecked() {
    assertThat(run("run", "hello", "--paging", "sv84")).isEqualTo(2);
    assertThat(said())
        .contains("'--paging'", "there is no 'sv84'; choose sv39, sv48 or sv57; did you mean sv48?")
        .hasLineCount(1);
    assertThat(run("run", "hello", "--trap-loop", "go")).isEqualTo(2);
    assertThat(said()).contains("there is no 'go'; choose end or report");
  }

  @Test
  void aGuestWhoseTrapsLeadNowhereEndsWith121() throws IOException {
    Path image = Files.write(folder.resolve("wild.bin"), new byte[] {0, 0, 0, 0});
    Path names = Files.writeString(folder.resolve("names"), "0000000080000000 T begin\n");
    Path report = folder.resolve("report");
    assertThat(
            run(
                "run",
                "--firmware",
                image.toString(),
                "--symbols",
                names.toString(),
                "--report",
                report.toString()))
        .isEqualTo(121);
    assertThat(said())
        .contains("the VM cannot go on: vm/cpu0: its traps lead nowhere: illegal instruction")
        .contains("-- hart 0, M mode, stuck: pc 0x")
        .contains("illegal instruction (cause 2) in M mode at 0x80000000 begin, instruction 0x0")
        .doesNotContain("\u001b");
    assertThat(said()).endsWith(Files.readString(report).stripTrailing() + "\n");
  }

  @Test
  void aTraceNamesTraps() throws IOException {
    Path image = Files.write(folder.resolve("wild.bin"), new byte[] {0, 0, 0, 0});
    Path trace = folder.resolve("trace");
    assertThat(
            run(
                "run",
                "--firmware",
                image.toString(),
                "--trace",
                trace.toString(),
                "--timeout",
                "300ms"))
        .isIn(121, 124);
    assertThat(Files.readAllLines(trace).subList(0, 3))
        .containsExactly(
            "0 0000000080000000     0000  .half 0x0000",
            "0 0000000080000000 exception  illegal instruction  tval=0  M to M  pc=0",
            "0 0000000000000000 exception  instruction access fault  tval=0  M to M  pc=0");
  }

  @Test
  void aReportOfNoRoundsIsRefused() {
    assertThat(run("mmu-report", "--rounds", "0")).isEqualTo(2);
    assertThat(said()).contains("'0' is not a whole number from 1 to 100").hasLineCount(1);
  }

  @Test
  void infoSaysWhichEngineAndMmuAndWhy() {
    assertThat(run("info")).isZero();
    assertThat(shown())
        .containsPattern("mmu +folded \\(.+\\)")
        .containsPattern("engine +(translator|interpreter) \\(.+\\)")
        .contains("java ", "host ", folder.resolve("atoll").toString());
  }

  @Test
  void isaListsEveryInstructionWithItsClass() {
    assertThat(run("isa")).isZero();
    assertThat(shown())
        .containsPattern("addi +I +.*0010011 +innocuous")
        .containsPattern("sret .*control-sensitive");
  }

  @Test
  void isaSensitiveSaysWhenEachTraps() {
    assertThat(run("isa", "--sensitive")).isZero();
    assertThat(shown()).contains("sret", "    traps below S").doesNotContain("innocuous");
  }

  @Test
  void isaIsThereForProgramsToo() {
    assertThat(run("isa", "--sensitive", "--json")).isZero();
    assertThat(shown()).startsWith("[").contains("\"name\" : \"sret\"").endsWith("]\n");
  }

  @Test
  void aPulledImageIsListedWithWhereItComesFrom() throws IOException {
    byte[] disk = new byte[8192];
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    Path file = Files.write(folder.resolve("Other-1.img"), disk);
    assertThat(run("image", "pull", file.toString())).isZero();
    assertThat(shown()).contains("other-1  a disk of 8K, not verified: ");
    assertThat(said())
        .contains("atoll: note: nothing says what " + file + " must be")
        .contains("its checksum is SHA-256 ");
    assertThat(run("image", "list")).isZero();
    assertThat(shown()).contains("other-1").contains(file + " (not verified)");
    assertThat(run("image", "list", "--json")).isZero();
    assertThat(shown()).contains("\"address\" : \"" + file + "\"");
    assertThat(run("image", "pull", file.toString(), "--sha256", "0".repeat(64), "--again"))
        .isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("is not what the user says");
  }
}
