package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
    return new CommandLineFront(Clock.host(), environment::get, stream(out), stream(err))
        .run(arguments);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

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
          run linux debian              | unknown argument 'debian'
          run                           | say what to run: atoll run linux
          run lunix                     | there is no guest 'lunix' (did you mean linux?)
          run hello --append x          | hello brings its own image
          run --kernel                  | '--kernel' (FILE)
          run hello --memory 512        | '512' is no size; give a number with a unit, such as 512M
          run hello --memory much       | 'much' is no size
          run hello --cpus two          | '--cpus'
          run hello --timeout soon      | 'soon' is no time; give one such as 60s
          run hello --timeout 0         | '0' is no time
          fetch now                     | unknown argument 'now'
          validate                      | 'FILE'
          up s.yaml --dryrun            | unknown option '--dryrun'; did you mean --dry-run?
          isa --sensible                | unknown option '--sensible'; did you mean --sensitive?
          """)
  void aWrongCommandLineGivesOneSentenceAndTwo(String line, String expected) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(said()).startsWith("atoll: ").contains(expected).contains(" --help tells more)");
    assertThat(said().lines()).hasSize(1);
    assertThat(shown()).isEmpty();
  }

  @Test
  void nothingAtAllSaysWhatToDo() {
    assertThat(run()).isEqualTo(2);
    assertThat(said()).contains("atoll run hello").hasLineCount(1);
  }

  @Test
  void aFileAsGuestIsExplained() throws IOException {
    Path image = Files.createFile(folder.resolve("Image"));
    assertThat(run("run", image.toString())).isEqualTo(2);
    assertThat(said()).contains("is a file").contains("--kernel " + image).hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run --kernel /missing/Image          | /missing/Image does not exist; check the path
          run --firmware /missing/fw           | /missing/fw does not exist
          run hello --disk /missing/d.img,ro   | /missing/d.img does not exist
          run hello --engine warp              | there is no engine 'warp'; choose auto
          run hello --cpus 9                   | 1 to 8 CPUs, not 9
          run hello --cpus 0                   | 1 to 8 CPUs, not 0
          run hello --console-log /missing/c   | /missing/c cannot be written: there is no such folder
          run hello --dump-dtb /missing/t      | /missing/t cannot be written: there is no such folder
          run hello --trace /missing/t         | /missing/t cannot be written
          run hello --engine-log /missing/e    | /missing/e cannot be written
          run hello --engine interpreter --perf-map | the interpreter makes no code to report on
          run linux --mirror nonsense          | 'nonsense' is no mirror's address
          """)
  void whatCannotBeDoneGivesOneSentenceAnd125(String line, String expected) {
    assertThat(run(line.split(" "))).isEqualTo(125);
    assertThat(said()).startsWith("atoll: ").contains(expected).hasLineCount(1);
  }

  @Test
  void aFileThatIsNoKernelIsSaid() throws IOException {
    Path text = Files.writeString(folder.resolve("readme.txt"), "This is no kernel at all.\n");
    assertThat(run("run", "--kernel", text.toString())).isEqualTo(125);
    assertThat(said()).contains("readme.txt").contains("no RISC-V kernel").hasLineCount(1);
  }

  @Test
  void theDeviceTreeCanBeWritten() throws IOException {
    Path tree = folder.resolve("virt.dtb");
    assertThat(run("run", "hello", "--cpus", "2", "--dump-dtb", tree.toString())).isZero();
    byte[] magic = {(byte) 0xd0, 0x0d, (byte) 0xfe, (byte) 0xed};
    assertThat(Files.readAllBytes(tree)).startsWith(magic);
  }

  @Test
  void theDeviceTreeHasWhatTheOptionsAdd() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[1024]);
    assertThat(virtioDevices()).isEqualTo(1);
    assertThat(virtioDevices("--virtio-console")).isEqualTo(2);
    assertThat(virtioDevices("--disk", disk.toString())).isEqualTo(2);
    assertThat(virtioDevices("--disk", disk + ",ro", "--virtio-console")).isEqualTo(3);
    Files.write(disk, new byte[1000]);
    Path tree = folder.resolve("none.dtb");
    assertThat(run("run", "hello", "--disk", disk.toString(), "--dump-dtb", tree.toString()))
        .isEqualTo(125);
    assertThat(said()).contains("disk.img has 1000 bytes");
    assertThat(tree).doesNotExist();
  }

  private int virtioDevices(String... options) throws IOException {
    Path tree = folder.resolve("options.dtb");
    List<String> line = new ArrayList<>(List.of("run", "hello", "--dump-dtb", tree.toString()));
    line.addAll(List.of(options));
    assertThat(run(line.toArray(String[]::new))).isZero();
    return Files.readString(tree, StandardCharsets.ISO_8859_1).split("virtio_mmio@", -1).length - 1;
  }

  @Test
  void aDeviceTreeThatIsNoneIsSaidWithItsField() throws IOException {
    Path tree = folder.resolve("t.dtb");
    assertThat(run("run", "hello", "--dump-dtb", tree.toString())).isZero();
    byte[] blob = Files.readAllBytes(tree);
    Arrays.fill(blob, 8, 11, (byte) 0xff);
    blob[11] = (byte) 0xf0;
    Files.write(tree, blob);
    Path kernel = Files.write(folder.resolve("kernel"), new byte[8]);
    int code = run("run", "--firmware", kernel.toString(), "--dtb", tree.toString());
    assertThat(code).isEqualTo(125);
    assertThat(said())
        .contains("t.dtb is no valid device tree blob: off_dt_struct is 4294967280 (0xfffffff0)")
        .hasLineCount(1);
  }

  private static final String SCENARIO =
      "machine: {cpus: 1, memory: 64M}\nvms:\n  hello: {builtin: hello, memory: 16M}\n";

  @Test
  void aScenarioThatCanRunIsSummarised() throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), SCENARIO);
    assertThat(run("validate", file.toString())).isZero();
    assertThat(shown())
        .isEqualTo(
            file + ": one: 1 CPU and 64M of memory (16M given out); 1 VM: hello; no channels\n");
    assertThat(said()).isEmpty();
  }

  @Test
  void allThatIsWrongWithScenariosIsSaidAndTheOthersAreCheckedToo() throws IOException {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            SCENARIO.replace("64M", "8M") + "  two: {}\nchanels: {}\n");
    Path right = Files.writeString(folder.resolve("right.yaml"), SCENARIO);
    assertThat(run("validate", wrong.toString(), "/missing/s.yaml", right.toString())).isEqualTo(2);
    assertThat(said())
        .isEqualTo(
            """
            %1$s:4:3: vms.two: nothing to run is here, expected builtin, kernel or firmware
            %1$s:4:3: vms.two: the key memory is missing, expected such as memory: 256M
            %1$s:5:1: chanels: unknown key; did you mean channels?
            /missing/s.yaml: there is no such file; check the path
            """
                .formatted(wrong));
    assertThat(shown()).startsWith(right + ": right: 1 CPU").hasLineCount(1);
  }

  @Test
  void aDryRunShowsThePlanToPeopleAndPrograms() throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), SCENARIO);
    assertThat(run("up", file.toString(), "--dry-run")).isZero();
    assertThat(shown()).startsWith("one: 1 CPU").contains("\nCPUs\n", "Who can reach whom");
    out.reset();
    assertThat(run("up", file.toString(), "--dry-run", "--json")).isZero();
    assertThat(shown()).startsWith("{").contains("\"name\" : \"one\"").endsWith("}\n");
    assertThat(said()).isEmpty();
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
  void anMmuTechniqueThatIsNotThereIsRefusedWithThoseThatAre() {
    assertThat(run("run", "hello", "--mmu", "hashed")).isEqualTo(125);
    assertThat(said())
        .contains(
            "no MMU technique 'hashed' here; choose auto, folded, vtlb, shadow, nested or direct")
        .hasLineCount(1);
  }

  @Test
  void aReportOfNoRoundsIsRefused() {
    assertThat(run("mmu-report", "--rounds", "0")).isEqualTo(2);
    assertThat(said()).contains("--rounds is 0, expected 1 to 100").hasLineCount(1);
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
}
