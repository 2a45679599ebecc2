package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.HostConsole;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What is read without picocli is what picocli would have read. */
class PlainLineTest {
  private final UnaryOperator<String> environment = name -> null;
  private final Effects effects = Effects.host();
  private final Manager manager = new Manager(Clock.host(), effects, environment);
  private final ControlOption control =
      new ControlOption(environment, Clock.host(), effects.tasks());
  private final PrintStream nowhere =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  private final Supplier<HostConsole.Streams> streams =
      () -> new HostConsole.Streams(InputStream.nullInputStream(), nowhere, false);

  private RunCommand command() {
    return new RunCommand(manager, environment, streams, control, nowhere, nowhere);
  }

  /** Its words; an empty one is written ''. */
  private static List<String> words(String line) {
    return List.of(line.split(" ")).stream().map(word -> word.replace("''", "")).toList();
  }

  private RunCommand byPicocli(List<String> words) {
    RunCommand command = command();
    CommandLine line = new CommandLine(command);
    line.registerConverter(Path.class, new FileName());
    line.parseArgs(words.toArray(String[]::new));
    return command;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "linux",
        "hello",
        "no-such-guest",
        "a=b",
        "linux --cold --memory 1G --cpus=4",
        "--cpus 2 hello --timeout 60s --reboot",
        "linux --net user --net user,forward=2222:22 --append quiet",
        "linux --append a=b --pci --aia aplic-imsic --mmu vtlb --paging sv39",
        "--kernel vmlinux --initrd=initrd.cpio --append console=ttyS0 --cpus 1 --memory 512M",
        "--firmware fw_dynamic.elf --kernel Image",
        "hello --engine interpreter --trap-loop report --stdin keep",
      })
  void aPlainLineIsReadAsPicocliReadsIt(String line) {
    RunCommand plain = command();
    assertThat(plain.read(words(line), () -> null)).isTrue();
    assertThat(plain)
        .usingRecursiveComparison()
        .ignoringFields("command", "line", "guests.usage")
        .isEqualTo(byPicocli(words(line)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "linux debian",
        "linux --dtb board.dtb",
        "--kernel",
        "--kernel ''",
        "--kernel Image --kernel vmlinux",
        "linux --cpus 0",
        "linux --cpus",
        "linux --cpus=",
        "linux --cpus --pci",
        "linux --memory 1G --memory 2G",
        "linux --pci --pci",
        "linux --pci=true",
        "linux --no-pci",
        "linux --net nowhere",
        "linux --append -x",
        "linux --timeout soon",
        "--help",
        "-- linux",
        "''",
      })
  void anythingElseIsLeftToPicocli(String line) {
    assertThat(command().read(words(line), () -> null)).isFalse();
  }
}
