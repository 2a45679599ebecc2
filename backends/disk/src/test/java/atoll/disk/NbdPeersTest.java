package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.nbd.NbdServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** NBD as others speak it: QEMU's tools, libnbd's, and the one of the NBD project. */
@Timeout(300)
class NbdPeersTest {
  private static final int SIZE = 8 << 20;

  private byte[] content;

  @TempDir private Path folder;

  @BeforeEach
  void make() throws IOException {
    QemuImg.assumeInstalled();
    content = new byte[SIZE];
    new Random(1).nextBytes(content);
    Arrays.fill(content, 1 << 20, 3 << 20, (byte) 0);
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("a.raw").toFile(), "rw")) {
      file.write(content, 0, 1 << 20);
      file.seek(3 << 20); // Nothing is allocated between.
      file.write(content, 3 << 20, 5 << 20);
    }
    QemuImg.img(folder, "convert", "-f", "raw", "-O", "qcow2", "a.raw", "a.qcow2");
  }

  private DiskServer serve(DiskFormat format, boolean readOnly, NbdServer.Listening where) {
    DiskServer server =
        DiskServer.open(
            DiskLocation.of(folder.resolve("a." + format.word())),
            Optional.of(format),
            readOnly,
            new NbdServer.Settings("disk", where, Optional.empty(), 16),
            Effects.host().tasks(),
            Clock.host(),
            text -> {});
    Effects.host().tasks().start("server", server::run);
    return server;
  }

  private DiskServer serve(DiskFormat format, boolean readOnly) {
    return serve(format, readOnly, new NbdServer.OnSocket(folder.resolve("s")));
  }

  private String tool(String name, String... words) {
    QemuImg.Said said = QemuImg.run(folder, name, List.of(words));
    assertThat(said.code()).as("%s %s: %s", name, List.of(words), said.text()).isZero();
    return said.text();
  }

  private static void assumeInstalled(String name) {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", name))
            || Files.isExecutable(Path.of("/usr/sbin", name)),
        name + " is not installed");
  }

  private boolean same(String file) throws IOException {
    return Arrays.equals(Files.readAllBytes(folder.resolve(file)), content);
  }

  @ParameterizedTest
  @EnumSource
  void qemuReadsAndWritesWhatWeServe(DiskFormat format) throws IOException {
    try (DiskServer server = serve(format, false)) {
      String uri = server.address();
      assertThat(tool("qemu-img", "info", uri)).contains("virtual size: 8 MiB");
      tool("qemu-img", "compare", "-f", "raw", "-F", "raw", uri, "a.raw", "-U");
      tool("qemu-img", "convert", "-f", "raw", "-O", "raw", uri, "copy.raw");
      assertThat(same("copy.raw")).isTrue();
      assertThat(tool("qemu-img", "map", "-f", "raw", "--output=json", uri))
          .contains("\"start\": 1048576, \"length\": 2097152, \"depth\": 0")
          .contains("\"zero\": true, \"data\": false");
      tool(
          "qemu-io",
          "-f",
          "raw",
          "-c",
          "aio_write -P 1 4M 2M",
          "-c",
          "aio_write -P 2 7000 3000",
          "-c",
          "aio_flush",
          "-c",
          "write -z -u 5M 1M",
          "-c",
          "write -f -P 3 0 512",
          "-c",
          "discard 2M 64k",
          "-c",
          "read -P 2 7000 3000",
          "-c",
          "read -P 0 5M 1M",
          "-c",
          "flush",
          uri);
    }
    try (BlockBackend disk =
        DiskImages.open(folder.resolve("a." + format.word()), Optional.of(format), true)) {
      assertThat(RandomUse.read(disk, 4 << 20, 1 << 20)).containsOnly(1);
      assertThat(RandomUse.read(disk, 5 << 20, 1 << 20)).containsOnly(0);
      assertThat(RandomUse.read(disk, 7000, 3000)).containsOnly(2);
      assertThat(RandomUse.read(disk, 0, 512)).containsOnly(3);
    }
    if (format == DiskFormat.QCOW2) {
      tool("qemu-img", "check", "a.qcow2");
    }
  }

  @Test
  void libnbdsToolsUseIt() throws IOException {
    assumeInstalled("nbdinfo");
    try (DiskServer server = serve(DiskFormat.QCOW2, false)) {
      String uri = server.address();
      assertThat(tool("/usr/bin/nbdinfo", uri))
          .contains(
              "using structured packets",
              "export-size: 8388608",
              "base:allocation",
              "can_multi_conn: true",
              "can_fua: true",
              "block_size_maximum: 33554432");
      assertThat(tool("/usr/bin/nbdinfo", "--list", uri)).contains("export=\"disk\"");
      assertThat(tool("/usr/bin/nbdinfo", "--map", uri).replaceAll(" +", " "))
          .contains(" 1048576 2097152 3 hole,zero");
      tool("/usr/bin/nbdcopy", uri, "copy.raw");
      assertThat(same("copy.raw")).isTrue();
      new Random(2).nextBytes(content);
      Files.write(folder.resolve("new.raw"), content);
      tool("/usr/bin/nbdcopy", "--flush", "new.raw", uri);
    }
    tool("qemu-img", "convert", "-O", "raw", "a.qcow2", "copy.raw");
    assertThat(same("copy.raw")).isTrue();
  }

  /** What libnbd would not ask for by itself. */
  @ParameterizedTest
  @CsvSource({
    "false, 22 22 22 22 22 0",
    "true, 22 1 1 1 22 0",
  })
  void whatCannotBeDoneIsAnErrorAsOfQemu(boolean readOnly, String errors) {
    assumeInstalled("nbdsh");
    String script =
        """
        import nbd, sys
        h = nbd.NBD()
        h.set_strict_mode(0)
        h.connect_uri(sys.argv[1])
        end = h.get_size()
        def error(work):
            try:
                work()
                return 0
            except nbd.Error as e:
                return e.errnum
        print(*[error(work) for work in (
            lambda: h.pread(512, end),
            lambda: h.pwrite(bytes(512), 0 if %s else end - 511),
            lambda: h.zero(1024, 0 if %s else end - 512),
            lambda: h.trim(512, 0 if %s else end + 4096),
            lambda: h.pread(33 << 20, 0),
            lambda: h.pread(4096, end - 4096))])
        """
            .replace("%s", readOnly ? "True" : "False");
    try (DiskServer server = serve(DiskFormat.RAW, readOnly)) {
      assertThat(tool("/usr/bin/python3", "-c", script, server.address()).strip())
          .isEqualTo(errors);
    }
  }

  @Test
  void nbdClientListsIt() {
    assumeInstalled("nbd-client");
    try (DiskServer server = serve(DiskFormat.RAW, true, new NbdServer.OnPort("127.0.0.1", 0))) {
      String port = server.address().replaceAll(".*:([0-9]+)/.*", "$1");
      assertThat(tool("/usr/sbin/nbd-client", "-l", "127.0.0.1", port)).contains("disk");
    }
  }

  /** A server of QEMU's, which says by its socket that it is there. */
  private Process qemuNbd(String... words) throws Exception {
    Path socket = folder.resolve("q");
    List<String> command = new ArrayList<>(List.of("qemu-nbd", "-t", "-e", "4"));
    command.addAll(List.of("-k", socket.toString(), "--pid-file", folder.resolve("pid") + ""));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    while (!Files.exists(folder.resolve("pid"))) {
      assertThat(process.waitFor(10, TimeUnit.MILLISECONDS)).as(() -> said(process)).isFalse();
    }
    return process;
  }

  private static String said(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @ParameterizedTest
  @CsvSource({"raw, raw", "raw, qcow2", "qcow2, raw"})
  void ourClientUsesQemusServer(String file, String served) throws Exception {
    if (file.equals("qcow2")) {
      Files.write(folder.resolve("a.qcow2"), new byte[8 << 20], StandardOpenOption.APPEND);
    }
    String image = served.equals("qcow2") ? "a.qcow2" : "a." + file;
    Process server = qemuNbd("-f", served, "-x", "e", "--discard=unmap", image);
    RandomUse use = new RandomUse(3, content, 300_000);
    try (BlockBackend disk =
        DiskImages.open(
            DiskLocation.parse("nbd+unix:///e?socket=" + folder.resolve("q")),
            Optional.empty(),
            false)) {
      assertThat(((SparseDisk) disk).range(1 << 20, SIZE).zero()).isTrue();
      use.check(disk);
      use.steps(disk, 300);
      disk.flush();
      use.check(disk);
    } finally {
      server.destroy();
      server.waitFor();
    }
    tool("qemu-img", "convert", "-O", "raw", image, "copy.raw");
    assertThat(same("copy.raw")).isTrue();
    if (image.endsWith("qcow2")) {
      tool("qemu-img", "check", image);
    }
  }

  @Test
  void aServerThatWasKilledAndStartedAgainIsUsedOn() throws Exception {
    RandomUse use = new RandomUse(4, content, 50_000);
    Process server = qemuNbd("-f", "raw", "a.raw");
    try (BlockBackend disk =
        DiskImages.open(
            DiskLocation.parse("nbd+unix:///?socket=" + folder.resolve("q")),
            Optional.empty(),
            false)) {
      for (int n = 0; n < 3; n++) {
        use.steps(disk, 50);
        server.destroyForcibly().waitFor();
        Files.delete(folder.resolve("q"));
        Files.delete(folder.resolve("pid"));
        server = qemuNbd("-f", "raw", "a.raw");
      }
      use.check(disk);
      disk.flush();
    } finally {
      server.destroyForcibly().waitFor();
    }
    assertThat(same("a.raw")).isTrue();
  }
}
