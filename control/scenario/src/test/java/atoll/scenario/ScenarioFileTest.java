package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is no scenario at all: no text, no YAML, no words, no file. */
class ScenarioFileTest {
  @TempDir private Path folder;

  private String problem(String text) {
    return catchThrowableOfType(
            ScenarioException.class,
            () -> ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text)))
        .getMessage()
        .replace(folder.toString(), "");
  }

  @Test
  void whatIsNoYamlIsSaidWithItsPlace() {
    assertThat(problem("machine: {cpus: 1\nvms: [\n"))
        .startsWith("/test.yaml:2:")
        .contains("this is not YAML: ")
        .hasLineCount(1);
    assertThat(problem("a: 1\n---\nb: 2\n")).startsWith("/test.yaml:2:1: this is not YAML: ");
    assertThat(problem("a: \u0007\n")).contains("this is not YAML: ").hasLineCount(1);
    assertThat(problem("a: *nowhere\n")).startsWith("/test.yaml:1:4: this is not YAML: ");
    assertThat(problem("%YAML 9.9\n---\na: 1\n"))
        .contains("its first line asks for YAML that is not known here, expected version 1.2");
  }

  @Test
  void aFileThatIsNoTextIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("bytes.yaml"), new byte[] {(byte) 0xc0, 0x20});
    assertThat(catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(file)))
        .hasMessage(file + ": the file is not UTF-8, expected a YAML text");
  }

  @Test
  void aFileThatIsNotThereIsSaid() {
    Path file = folder.resolve("none.yaml");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(file)))
        .hasMessage(file + ": there is no such file; check the path");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(folder)))
        .hasMessageStartingWith(folder + ": the file cannot be read (");
  }

  @Test
  void aPartThatContainsItselfIsOnlyAnotherWrongValue() {
    assertThat(problem("machine: &m {cpus: [*m], memory: *m}\nvms: *m\n"))
        .contains("machine.memory: found a mapping")
        .contains("machine.cpus[0].memory: unknown key");
  }

  @Test
  void aFileOfEndlessLengthIsRefused() {
    assertThat(problem("# " + "x".repeat(1 << 20) + "\n"))
        .endsWith("the file has more than 1,048,576 bytes, expected a scenario of at most as many");
  }

  @Test
  void whatIsNestedWithoutEndIsRefused() {
    for (String open : List.of("[", "{", "{a: ", "- ")) {
      assertThat(problem("a: \n  " + open.repeat(20_000) + "\n"))
          .contains("this is nested more than 64 deep, expected a scenario")
          .startsWith("/test.yaml:2:")
          .hasLineCount(1);
    }
  }

  @Test
  void aFileOfAnotherFormatIsNamed() throws IOException {
    byte[] qcow2 = {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3};
    Path file = Files.write(folder.resolve("disk.yaml"), qcow2);
    assertThat(catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(file)))
        .hasMessage(file + ": the file is a qcow2 disk image, expected a YAML text");
  }

  @Test
  void aDeviceWithoutAnEndIsReadNoFurtherThanAScenarioGoes() {
    Path zeroes = Path.of("/dev/zero");
    assumeTrue(Files.exists(zeroes), "the host has none");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(zeroes)))
        .hasMessageContaining("more than 1,048,576 bytes");
  }

  @Test
  void aKeyThatIsNoWordIsRefused() {
    assertThat(problem("machine: {cpus: 1, memory: 4M}\nvms: {1: {builtin: hello, memory: 1M}}\n"))
        .startsWith("/test.yaml:2:7: vms: a key that is not a word, expected up to 31");
  }

  @Test
  void ofAValueThatIsAWholeFileTheBeginningIsShown() {
    String text = "root:x:0:0:root:/root:/bin/bash ".repeat(1000);
    assertThat(problem(text))
        .contains(
            "found 'root:x:0:0:root:/root:/bin/bash root:x:0:0:root:/root:/bin/b...', expected")
        .hasSizeLessThan(200);
    String engine = "vms: {v: {builtin: linux, memory: 256M, engine: \"in\\nter\"}}\n";
    assertThat(problem("machine: {cpus: 1, memory: 1G}\n" + engine))
        .contains("'in...' is unknown, expected");
  }

  @Test
  void aKeyThatIsAListHasItsPlace() {
    String text =
        "machine: {cpus: 1, memory: 1G}\nvms:\n  ? [1, 2]\n  : {builtin: hello, memory: 16M}\n";
    assertThat(problem(text)).contains("3:5: ").contains("a key that is not a word");
  }
}
