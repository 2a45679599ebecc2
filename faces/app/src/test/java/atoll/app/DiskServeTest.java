package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code atoll disk serve} as a process, with another process as its client. */
class DiskServeTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path folder;

  @Test
  void anImageIsServedUntilASignalComes() throws Exception {
    byte[] content = new byte[SIZE];
    Arrays.fill(content, (byte) 7);
    Path image = Files.write(folder.resolve("a.raw"), content);
    Process server =
        AtollProcess.start(folder, "disk", "serve", "-f", "raw", "a.raw", "--socket", "s");
    String said = new Shown(server).await("\n");
    String address = said.strip().replaceFirst(".* at ", "");
    assertThat(address).startsWith("nbd+unix:///?socket=").endsWith("/s");
    assertThat(AtollProcess.run(folder, "", "disk", "info", "a.raw").code()).isZero();
    Checkout.Run other = AtollProcess.run(folder, "", "disk", "serve", "-r", "a.raw", "-k", "t");
    assertThat(other.code()).isEqualTo(125);
    assertThat(other.err()).contains("a.raw is in use").hasLineCount(1);
    Arrays.fill(content, 0, SIZE / 2, (byte) 0);
    Files.write(folder.resolve("new.raw"), content);
    Checkout.Run copy = AtollProcess.run(folder, "", "disk", "convert", "-q", "new.raw", address);
    assertThat(copy.code()).as(copy.err()).isZero();
    assertThat(server.toHandle().destroy()).isTrue();
    assertThat(Checkout.finish(server).code()).isEqualTo(143);
    assertThat(Files.readAllBytes(image)).isEqualTo(content);
    assertThat(folder.resolve("s")).doesNotExist();
  }
}
