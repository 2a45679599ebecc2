package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.nbd.NbdServer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images at a server of our own: raw, qcow2, and behind others. */
@Timeout(300)
class NbdDiskTest {
  private static final int SIZE = 2 << 20;
  private static final CopyProgress UNHEARD = (done, all) -> {};

  private final List<String> notices = new CopyOnWriteArrayList<>();

  @TempDir private Path folder;

  /** Serves the bytes of a file, whatever they are, in the way of another host. */
  private DiskServer serve(Path file, DiskFormat format, boolean readOnly) {
    DiskServer server =
        DiskServer.open(
            DiskLocation.of(file),
            Optional.of(format),
            readOnly,
            new NbdServer.Settings(
                "x", new NbdServer.OnSocket(folder.resolve("s")), Optional.empty(), 4),
            Effects.host().tasks(),
            Clock.host(),
            notices::add);
    Effects.host().tasks().start("server", server::run);
    return server;
  }

  private Path image(String name, DiskFormat format, byte[] content) throws IOException {
    Path raw = Files.write(folder.resolve(name + ".raw"), content);
    if (format == DiskFormat.RAW) {
      return raw;
    }
    Path image = folder.resolve(name);
    ImageTool.convert(
        DiskLocation.of(raw),
        Optional.of(DiskFormat.RAW),
        DiskLocation.of(image),
        ImageOptions.usual(DiskFormat.QCOW2),
        false,
        UNHEARD);
    return image;
  }

  private static byte[] random(int seed) {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    Arrays.fill(bytes, SIZE / 2, SIZE / 2 + 300_000, (byte) 0);
    return bytes;
  }

  private static byte[] read(BlockBackend disk) throws IOException {
    return RandomUse.read(disk, 0, (int) disk.size());
  }

  @ParameterizedTest
  @EnumSource
  void anImageAtAServerIsUsedAsOneHere(DiskFormat format) throws IOException {
    byte[] content = random(1);
    Path file = image("a", format, content);
    if (format == DiskFormat.QCOW2) { // An export does not grow.
      Files.write(file, new byte[4 << 20], StandardOpenOption.APPEND);
    }
    RandomUse use = new RandomUse(7, content, 100_000);
    try (DiskServer server = serve(file, DiskFormat.RAW, false);
        BlockBackend disk =
            DiskImages.open(DiskLocation.parse(server.address()), Optional.empty(), false)) {
      assertThat(disk.size()).isEqualTo(SIZE);
      assertThat(disk.serial()).isEqualTo("x");
      use.steps(disk, 300);
      disk.flush();
      use.check(disk);
    }
    try (BlockBackend disk = DiskImages.open(file, Optional.of(format), false)) {
      use.check(disk);
    }
    assertThat(notices).isEmpty();
  }

  @Test
  void aServerServesWhatIsInAnImage() throws IOException {
    byte[] content = random(2);
    Path file = image("a", DiskFormat.QCOW2, content);
    try (DiskServer server = serve(file, DiskFormat.QCOW2, false);
        BlockBackend disk =
            DiskImages.open(
                DiskLocation.parse(server.address()), Optional.of(DiskFormat.RAW), false)) {
      assertThat(read(disk)).isEqualTo(content);
      SparseDisk.Range range = ((SparseDisk) disk).range(SIZE / 2 + 65_536, 1000);
      assertThat(range.zero()).isTrue();
      disk.write(5, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      disk.flush();
    }
    try (BlockBackend disk = DiskImages.open(file, Optional.of(DiskFormat.QCOW2), true)) {
      assertThat(RandomUse.read(disk, 5, 3)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void aFullExportIsAnErrorAndTheImageStaysWhole() throws IOException {
    byte[] content = random(8);
    Path file = image("a", DiskFormat.QCOW2, content);
    Files.write(file, new byte[100_352], StandardOpenOption.APPEND);
    MemorySegment much = MemorySegment.ofArray(new byte[600_000]).fill((byte) 7);
    try (DiskServer server = serve(file, DiskFormat.RAW, false);
        BlockBackend disk =
            DiskImages.open(DiskLocation.parse(server.address()), Optional.empty(), false)) {
      assertThatThrownBy(() -> disk.write(SIZE / 2, much)).hasMessageContaining("is full");
      assertThat(RandomUse.read(disk, 0, SIZE / 2)).isEqualTo(Arrays.copyOf(content, SIZE / 2));
      disk.discard(0, 1 << 19); // What is given back is room for something else.
      disk.flush();
      disk.write(SIZE / 2, much);
    }
    CheckReport report =
        ImageTool.check(DiskLocation.of(file), Optional.empty(), ImageTool.Repair.NOTHING)
            .orElseThrow();
    assertThat(report.corruptions()).as(report.findings()::toString).isZero();
    try (BlockBackend disk = DiskImages.open(file, Optional.empty(), true)) {
      assertThat(RandomUse.read(disk, SIZE / 2, 600_000)).containsOnly(7);
    }
  }

  @Test
  void aServedImageIsLocked() throws IOException {
    Path file = image("a", DiskFormat.QCOW2, random(3));
    try (DiskServer server = serve(file, DiskFormat.QCOW2, false)) {
      assertThat(server.address()).startsWith("nbd+unix:///x?socket=");
      assertThatThrownBy(() -> DiskImages.open(file, Optional.empty(), true))
          .hasMessageContaining("in use");
    }
    DiskImages.open(file, Optional.empty(), false).close();
  }

  /** The ways in which an image can name an export. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nbd+unix:///x?socket=%s",
        "nbd:unix:%s:exportname=x",
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"export\":\"x\",\"server\":{\"type\":\"unix\",\"path\":\"%s\"}}}",
        "json:{\"driver\":\"nbd\",\"path\":\"%s\",\"export\":\"x\",\"reconnect-delay\":\"3\"}",
        "json:{\"file.driver\":\"nbd\",\"file.server.path\":\"%s\",\"file.export\":\"x\"}"
      })
  void anExportIsBehindAnImageByEachOfItsNames(String form) throws IOException {
    byte[] content = random(4);
    Path file = image("a", DiskFormat.RAW, content);
    String name = form.formatted(folder.resolve("s"));
    Path overlay = folder.resolve("o.qcow2");
    try (DiskServer server = serve(file, DiskFormat.RAW, true)) {
      ImageTool.create(
          overlay,
          OptionalLong.empty(),
          ImageOptions.usual(DiskFormat.QCOW2).over(name, DiskFormat.RAW));
      try (BlockBackend disk = DiskImages.open(overlay, Optional.empty(), false)) {
        assertThat(read(disk)).isEqualTo(content);
        disk.write(100, MemorySegment.ofArray(new byte[] {1}));
      }
      ImageInfo info = ImageTool.describe(DiskLocation.of(overlay), Optional.empty());
      assertThat(info.fullBackingFile().orElseThrow()).hasToString(server.address());
      assertThat(ImageTool.describe(info.fullBackingFile().get(), Optional.empty()).size())
          .isEqualTo(SIZE);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "json:{\"driver\":\"rbd\",\"pool\":\"a\"}      | has the driver 'rbd'",
        "json:{\"driver\":\"nbd\"}                     | does not say its server",
        "json:{\"driver\":\"nbd\",\"host\":\"h\",\"tls-creds\":\"t\"} | uses TLS by an object of QEMU",
        "json:{\"driver\":\"raw\"}                     | does not say its filename",
        "json:{\"driver\":                             | cannot be read",
        "json:[]                                       | is no JSON object",
        "nbd://h:0/                                    | has port 0",
        "ssh://h/x                                     | expected the name of a file"
      })
  void aNameThatIsNotUnderstoodIsSaid(String name, String why) {
    assertThatThrownBy(() -> ImageName.read(DiskLocation.of(folder.resolve("a")), name))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }

  @Test
  void anImageIsConvertedIntoAnExport() throws IOException {
    byte[] content = random(5);
    Path image = image("a", DiskFormat.QCOW2, content);
    byte[] old = new byte[SIZE + 4096];
    Arrays.fill(old, (byte) 9);
    Path target = Files.write(folder.resolve("target"), old);
    ImageOptions raw = ImageOptions.usual(DiskFormat.RAW);
    try (DiskServer server = serve(target, DiskFormat.RAW, false)) {
      DiskLocation export = DiskLocation.parse(server.address());
      ImageTool.convert(DiskLocation.of(image), Optional.empty(), export, raw, false, UNHEARD);
      Path large = Files.write(folder.resolve("large"), new byte[4 << 20]);
      assertThatThrownBy(() ->
              ImageTool.convert(
                  DiskLocation.of(large), Optional.empty(), export, raw, false, UNHEARD))
          .hasMessageContaining("has 2101248 bytes, expected 4194304 or more");
    }
    byte[] now = Files.readAllBytes(target);
    assertThat(Arrays.copyOf(now, SIZE)).isEqualTo(content);
    assertThat(Arrays.copyOfRange(now, SIZE, now.length)).containsOnly(9);
  }

  @Test
  void aGuestsFailedFlushIsTriedAgainWhenTheServerIsBack() throws IOException {
    Path file = image("a", DiskFormat.RAW, random(6));
    DiskServer first = serve(file, DiskFormat.RAW, false);
    try (ReportedDisk disk =
        ReportedDisk.open(
            DiskLocation.parse(first.address()),
            Optional.empty(),
            false,
            DiskLimits.NONE,
            notices::add)) {
      disk.write(1000, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      first.close();
      assertThatThrownBy(disk::flush).isInstanceOf(NotWrittenException.class);
      assertThatThrownBy(() -> RandomUse.read(disk, 0, 512)).isInstanceOf(IOException.class);
      try (DiskServer second = serve(file, DiskFormat.RAW, false)) {
        assertThat(second.address()).isEqualTo(first.address());
        disk.flush();
        assertThat(RandomUse.read(disk, 1000, 3)).containsExactly(1, 2, 3);
      }
    }
    assertThat(notices).anyMatch(text -> text.endsWith("is back"));
  }

  @Test
  void whatCannotBeUsedIsRefusedWithASentence() throws IOException {
    Path odd = Files.write(folder.resolve("odd"), new byte[1000]);
    String gone = "nbd+unix:///?socket=" + folder.resolve("gone");
    assertThatThrownBy(() -> DiskImages.open(DiskLocation.parse(gone), Optional.empty(), true))
        .hasMessageContaining("cannot be opened");
    assertThatThrownBy(() -> serve(odd, DiskFormat.RAW, true)).hasMessageContaining("1000 bytes");
    Path vmdk = folder.resolve("vmdk");
    Files.write(vmdk, Arrays.copyOf("KDMV".getBytes(StandardCharsets.US_ASCII), SIZE));
    try (DiskServer server = serve(vmdk, DiskFormat.RAW, true)) {
      DiskLocation export = DiskLocation.parse(server.address());
      assertThatThrownBy(() -> DiskImages.open(export, Optional.empty(), true))
          .hasMessageContaining("is a VMDK disk image");
      assertThatThrownBy(() -> DiskImages.open(export, Optional.of(DiskFormat.RAW), false))
          .hasMessageContaining("give it read-only");
      DiskImages.open(export, Optional.of(DiskFormat.RAW), true).close();
    }
    DiskLocation tls = DiskLocation.parse("nbds://localhost/?tls-ca=" + folder.resolve("ca.pem"));
    assertThatThrownBy(() -> DiskImages.inspect(tls, Optional.empty(), true))
        .hasMessageContaining("ca.pem does not exist");
  }
}
