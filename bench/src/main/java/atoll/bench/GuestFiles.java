package atoll.bench;

import atoll.testkit.LinuxGuest;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The kernel and the file system that both machines boot.
 *
 * @param initrd busybox, gbench and its init
 */
record GuestFiles(Path kernel, Path initrd) {

  /**
   * Builds gbench and the file system below {@code root/bench/target}.
   *
   * @param kernel null to take Debian's from Atoll's cache
   */
  static GuestFiles prepare(Path root, Path kernel) throws IOException, InterruptedException {
    Path bench = root.resolve("bench");
    Path built = bench.resolve("target/guest");
    Process build =
        new ProcessBuilder(bench.resolve("guest/build").toString(), built.toString())
            .inheritIO()
            .start();
    if (build.waitFor() != 0) {
      throw new IOException("bench/guest/build failed; see above");
    }
    LinuxGuest linux =
        LinuxGuest.find()
            .orElseThrow(
                () -> new IOException("no Debian kernel in the cache; try: ./atoll fetch"));
    Path initrd = built.resolve("initrd.cpio");
    Initramfs.write(
        initrd, linux.busybox(), built.resolve("gbench.rv64"), bench.resolve("guest/init"));
    return new GuestFiles(kernel == null ? linux.kernel() : kernel, initrd);
  }
}
