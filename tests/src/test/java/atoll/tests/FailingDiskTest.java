package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host can no longer do what a guest's disk needs. */
class FailingDiskTest {
  @TempDir private Path folder;

  /** Another program has cut the image off while the guest reads all of it, again and again. */
  @Test
  void operatorIsToldOnceAndTheOtherMachineGoesOn() throws Exception {
    Path image = folder.resolve("cut.img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(8L << 30); // Sparse.
      String yaml =
          """
          name: failing
          machine:
            cpus: [{policy: dedicated}, {policy: dedicated}]
            memory: 256M
          vms:
            steady: {builtin: hello, memory: 16M}
            reader: {kernel: %s, append: attack=read-and-reset, memory: 16M, disks: [{file: %s}]}
          """
              .formatted(GuestProgram.elf("glutton"), image);
      try (TestSystem system = TestSystem.start(folder, yaml)) {
        system.console("reader").await("glutton: read-and-reset", LIMIT);
        file.setLength(0);
        while (system.notices().isEmpty()) {
          Thread.onSpinWait();
        }
        system.console("steady").await("> ", LIMIT);
        for (int i = 0; i < 3; i++) {
          system.console("steady").type("help\r");
          system.console("steady").await("> ", LIMIT);
        }
        List<String> told = system.notices();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst())
            .startsWith("reader: disk image " + image + " cannot be read: ")
            .contains("ends before byte")
            .endsWith("; the guest gets I/O errors");
      }
    }
  }
}
