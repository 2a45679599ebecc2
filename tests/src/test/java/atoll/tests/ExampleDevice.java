package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
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

  /** What has been compiled to a folder. */
  static URLClassLoader classes(Path made) throws IOException {
    return new URLClassLoader(
        new URL[] {made.resolve("thermometer.jar").toUri().toURL()},
        Peripheral.class.getClassLoader());
  }

  /** Makes thermometers of it. */
  static PeripheralFactory thermometer(ClassLoader classes) throws ReflectiveOperationException {
    Constructor<?> constructor =
        classes.loadClass("example.Thermometer").getConstructor(Board.class);
    return board -> (Peripheral) constructor.newInstance(board);
  }
}
