package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Several guests in one pipe. */
class SharedPipeTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private LineConsole console(InputStream in, OutputStream shown) {
    return new LineConsole(
        Ports.named("cluster", "linux"), Ports.setup(0, InputEnd.KEEP), in, shown);
  }

  private LineConsole console(String in) {
    return console(new ByteArrayInputStream(in.getBytes(StandardCharsets.US_ASCII)), out);
  }

  @Test
  void eachLineBeginsWithItsGuestsName() {
    LineConsole console = console("");
    print(console, "linux", "one\r\ntwo\r\n");
    console.guest("linux").close();
    print(console, "cluster", "\nthree\n");
    console.close();
    assertThat(shown()).isEqualTo("linux| one\nlinux| two\ncluster| \ncluster| three\n");
  }

  /** By the displays alone: a console shows an unfinished line after a moment, by design. */
  @Test
  void linesAreNotTornAlthoughTheirPiecesCross() throws IOException {
    PrefixedLines lines = new PrefixedLines();
    Display linux = new PrefixedDisplay("linux", lines);
    Display cluster = new PrefixedDisplay("cluster", lines);
    for (int i = 0; i < 1000; i++) {
      show(linux, "linux is ");
      show(cluster, "cluster is ");
      show(linux, "here\r\n");
      show(cluster, "there\n");
    }
    assertThat(shown().lines()).hasSize(2000);
    assertThat(shown().lines().distinct())
        .containsExactlyInAnyOrder("linux| linux is here", "cluster| cluster is there");
  }

  private void show(Display display, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    display.guest(bytes, 0, bytes.length, out);
  }

  @Test
  void aPromptIsShownAlthoughItsLineIsUnfinished() throws Exception {
    PipedInputStream reader = new PipedInputStream();
    LineConsole console = console(InputStream.nullInputStream(), new PipedOutputStream(reader));
    print(console, "linux", "login: ");
    assertThat(read(reader, 14)).isEqualTo("linux| login: ");
    print(console, "linux", "root\r\n");
    assertThat(read(reader, 5)).isEqualTo("root\n");
    print(console, "linux", "password: ");
    assertThat(read(reader, 17)).isEqualTo("linux| password: ");
    print(console, "cluster", "speed\n");
    assertThat(read(reader, 16)).isEqualTo("\ncluster| speed\n");
    console.close();
  }

  @Test
  void aLineWithoutEndIsShownInPieces() {
    LineConsole console = console("");
    print(console, "linux", "x".repeat(10_000));
    console.close();
    assertThat(shown()).isEqualTo("linux| " + "x".repeat(10_000) + "\n");
  }

  @Test
  void inputGoesToTheGuestThatItsLineNamesAndTheNextLinesToo() throws InterruptedException {
    LineConsole console = console("first\nlinux| uname\nls\ncluster| speed\nlinux|no\nlast");
    Recorder cluster = new Recorder(100);
    Recorder linux = new Recorder(100);
    console.guest("cluster").attach(cluster);
    console.guest("linux").attach(linux);
    assertThat(linux.await(9)).isEqualTo("uname\nls\n");
    assertThat(cluster.await(25)).isEqualTo("first\nspeed\nlinux|no\nlast");
    console.close();
  }

  @Test
  void theFirstLineGoesToTheGuestInFront() throws InterruptedException {
    LineConsole console =
        new LineConsole(
            Ports.named("cluster", "linux"),
            Ports.setup(1, InputEnd.KEEP),
            new ByteArrayInputStream("ls\n".getBytes(StandardCharsets.US_ASCII)),
            out);
    Recorder linux = new Recorder(100);
    console.guest("linux").attach(linux);
    assertThat(linux.await(3)).isEqualTo("ls\n");
    console.close();
  }

  @Test
  void aGuestThatWasNotNamedHasNoConsole() {
    LineConsole console = console("");
    assertThatThrownBy(() -> console.guest("secure"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("secure");
    console.close();
  }

  private static void print(LineConsole console, String guest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    console.guest(guest).output(bytes, 0, bytes.length);
  }

  private static String read(InputStream from, int length) throws Exception {
    return new String(from.readNBytes(length), StandardCharsets.US_ASCII);
  }

  private String shown() {
    return out.toString(StandardCharsets.US_ASCII);
  }
}
