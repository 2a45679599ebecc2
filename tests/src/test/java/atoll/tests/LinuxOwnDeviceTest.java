package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example's program reads the example's device in a stock Linux. */
@Tag("slow")
class LinuxOwnDeviceTest {
  @TempDir Path folder;

  @Test
  void aStockLinuxSleepsUntilTheDeviceInterruptsAndReadsIt()
      throws IOException, InterruptedException {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
    ExampleDevice.build(folder);
    assumeTrue(
        Files.exists(folder.resolve("thermometer")), "riscv64-linux-gnu-gcc is not installed");
    String text =
        Files.readString(ExampleDevice.FOLDER.resolve("thermometer.yaml"))
            .replace("../../guests", Road.ROOT.resolve("guests").toString())
            .replace("made/thermometer", folder.resolve("thermometer").toString());
    try (TestSystem system = TestSystem.start(folder, text)) {
      system.console("linux").await(":~# ", LIMIT);
      system.console("linux").type("thermometer 3\n");
      system.console("linux").await(" degrees\r\n", LIMIT);
      system.console("bare").await(" refused", LIMIT);
    }
  }
}
