package atoll.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * xv6-riscv's own tests, typed at its shell. Its kernel takes spinlocks without a word to the
 * processor, and harts without work go through the table of processes for ever.
 *
 * @param sources where it has been made
 */
record Xv6Run(Path sources, int harts, Duration timeout) {
  private static final String PASSED = "ALL TESTS PASSED";
  private static final String PROMPT = "$ ";

  /**
   * Does them.
   *
   * @param qemu where, if not on Atoll
   * @param tests the command line of {@code usertests}
   */
  GuestRun.Cost of(Optional<String> qemu, Path atoll, String tests)
      throws IOException, GuestRun.Failed {
    Path disk = Files.createTempFile("xv6-", ".img");
    try {
      Files.copy(
          sources.resolve("fs.img"), disk, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Process process =
          new ProcessBuilder(qemu.map(q -> qemu(q, disk)).orElseGet(() -> atoll(atoll, disk)))
              .redirectErrorStream(true)
              .start();
      try {
        return typed(process, tests);
      } finally {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
      }
    } finally {
      Files.delete(disk);
    }
  }

  private List<String> atoll(Path script, Path disk) {
    return List.of(
        script.toString(),
        "run",
        "--firmware",
        kernel(),
        "--disk",
        disk.toString(),
        "--cpus",
        Integer.toString(harts),
        "--memory",
        "128M");
  }

  private List<String> qemu(String binary, Path disk) {
    return List.of(
        binary,
        "-M",
        "virt",
        "-bios",
        "none",
        "-kernel",
        kernel(),
        "-m",
        "128M",
        "-smp",
        Integer.toString(harts),
        "-nographic",
        "-global",
        "virtio-mmio.force-legacy=false",
        "-drive",
        "file=%s,if=none,format=raw,id=x0".formatted(disk),
        "-device",
        "virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0");
  }

  private String kernel() {
    return sources.resolve("kernel/kernel").toString();
  }

  private GuestRun.Cost typed(Process process, String tests) throws IOException, GuestRun.Failed {
    StringBuilder printed = new StringBuilder();
    InputStream out = process.getInputStream();
    CompletableFuture<Void> limit =
        new CompletableFuture<Void>().orTimeout(timeout.toSeconds(), TimeUnit.SECONDS);
    var _ = limit.whenComplete((none, late) -> end(process, late));
    await(out, printed, PROMPT);
    ProcessCost before = ProcessCost.of(process.toHandle());
    long start = System.nanoTime();
    OutputStream in = process.getOutputStream();
    in.write(("usertests " + tests + "\n").getBytes(StandardCharsets.US_ASCII));
    in.flush();
    await(out, printed, PASSED);
    limit.complete(null);
    double wall = (System.nanoTime() - start) / 1e9;
    return new GuestRun.Cost(wall, ProcessCost.of(process.toHandle()).since(before) / 1e9);
  }

  private static void end(Process process, Throwable late) {
    if (late != null) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }

  private static void await(InputStream out, StringBuilder printed, String text)
      throws IOException, GuestRun.Failed {
    int from = printed.length();
    while (printed.indexOf(text, from) < 0) {
      int read = out.read();
      if (read < 0) {
        throw new GuestRun.Failed(
            "xv6 ended without '%s'; last output:%n%s"
                .formatted(text, printed.substring(Math.max(0, printed.length() - 2000))));
      }
      printed.append((char) read);
    }
  }
}
