package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@code examples/devices}, built by its own script against the interface alone. */
final class ExampleDevice {
  static final Path FOLDER = Road.ROOT.resolve("examples/devices");

  private ExampleDevice() {}

  /** Compiles it to a folder. */
  static void build(Path made) throws IOException, InterruptedException {
    ProcessBuilder build =
        new ProcessBuilder(FOLDER.resolve("build").toString(), made.toString())
            .redirectErrorStream(true);
    build.environment().put("JAVA_HOME", System.getProperty("java.home"));
    build
        .environment()
        .put("ATOLL_PERIPHERAL", Road.folder("peripheral").resolve("target/classes").toString());
    Process process = build.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).isEmpty();
  }
}
