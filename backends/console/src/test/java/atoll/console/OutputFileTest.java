package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  private static final Path FULL = Path.of("/dev/full");
  private static final long MAX = LogFile.SMALLEST;

  @TempDir private Path folder;

  @Test
  void anOlderFileIsReplacedAndEmptyAtFirst() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "what was there before");
    try (OutputStream out = OutputFile.open(file, "the trace")) {
      assertThat(file).isEmptyFile();
      out.write('x');
    }
    assertThat(file).hasContent("x");
  }

  @Test
  void whatIsInTheWayIsSaidInOneSentence() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    refused(folder, "it is a folder");
    refused(folder.resolve("no/file"), "there is no such folder");
    refused(file.resolve("below"), file + " is not a folder");
  }

  @Test
  void theDeviceThatIsAlwaysFullIsRefusedBeforeTheRun() {
    assumeTrue(Files.exists(FULL), "there is no /dev/full here");
    refused(FULL, "no space left on device");
  }

  @Test
  void otherDevicesAreNotWrittenToBeforehand() throws IOException {
    OutputFile.open(Path.of("/dev/null"), "the trace").close();
  }

  @Test
  void aPipeIsRefusedIfNobodyReadsIt() throws Exception {
    Path pipe = pipe();
    assertThatThrownBy(() -> OutputFile.pipe(pipe, "the trace", Duration.ofMillis(1)))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("it is a pipe that nobody reads; give another file");
  }

  @Test
  void theReaderOfAPipeGetsWhatIsWritten() throws Exception {
    Path pipe = pipe();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();
    try (OutputStream out = OutputFile.pipe(pipe, "the trace", Duration.ofMinutes(1))) {
      out.write('x');
    }
    assertThat(reader.getInputStream().readAllBytes()).isEqualTo(new byte[] {'x'});
  }

  private Path pipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no pipes here");
    return pipe;
  }

  private static void refused(Path file, String why) {
    assertThatThrownBy(() -> OutputFile.open(file, "the trace"))
        .isInstanceOf(HostException.class)
        .hasMessage("the trace %s cannot be written: %s; give another file", file, why);
  }

  @Test
  void aLimitedFileAndItsOlderPartAreTheLatestOutput() throws IOException {
    LogFile log = new LogFile(folder.resolve("log"), OptionalLong.of(MAX));
    StringBuilder all = new StringBuilder();
    try (OutputStream out = OutputFile.open(log, "the trace")) {
      for (int i = 0; i < 5000; i++) {
        String line = "line " + i + "\n";
        out.write(line.getBytes(StandardCharsets.US_ASCII));
        all.append(line);
        assertThat(size(log.path()) + size(log.older())).isLessThanOrEqualTo(MAX);
      }
    }
    String kept = Files.readString(log.older()) + Files.readString(log.path());
    assertThat(all.toString()).endsWith(kept);
    assertThat(kept.length()).isBetween((int) MAX / 2, (int) MAX);
  }

  private static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  @Test
  void onePieceCanBeLargerThanTheLimit() throws IOException {
    LogFile log = new LogFile(folder.resolve("log"), OptionalLong.of(MAX));
    try (OutputStream out = OutputFile.open(log, "the trace")) {
      out.write(new byte[1 << 20]);
    }
    assertThat(size(log.path()) + size(log.older())).isEqualTo(MAX);
  }

  @Test
  void theOlderPartOfAnEarlierRunGoes() throws IOException {
    LogFile log = new LogFile(folder.resolve("log"), OptionalLong.of(MAX));
    Files.writeString(log.older(), "of an earlier run");
    OutputFile.open(log, "the trace").close();
    assertThat(log.older()).doesNotExist();
  }

  @Test
  void aFolderInPlaceOfTheOlderPartIsRefusedAndStays() throws IOException {
    LogFile log = new LogFile(folder.resolve("log"), OptionalLong.of(MAX));
    Files.createDirectory(log.older());
    assertThatThrownBy(() -> OutputFile.open(log, "the trace"))
        .hasMessage(
            "the trace %s cannot be written: it is a folder; give another file", log.older());
    assertThat(log.older()).isDirectory();
  }

  @Test
  void aDeviceCannotBeLimited() {
    LogFile device = new LogFile(Path.of("/dev/null"), OptionalLong.of(MAX));
    assertThatThrownBy(() -> OutputFile.open(device, "the trace"))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("a limit is only for regular files");
  }
}
