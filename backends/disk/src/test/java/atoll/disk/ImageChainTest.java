package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageChainTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path folder;

  private Path create(String name, ImageOptions options) throws IOException {
    Path path = folder.resolve(name);
    Files.createDirectories(path.getParent());
    Files.createFile(path);
    try (ImageFile file = ImageFile.open(path, false)) {
      new Qcow2Creator(file, file, options).create(SIZE);
    }
    return path;
  }

  private static ImageOptions qcow2() {
    return ImageOptions.usual(DiskFormat.QCOW2);
  }

  private Path raw(String name, int value) throws IOException {
    byte[] bytes = new byte[SIZE / 2];
    Arrays.fill(bytes, (byte) value);
    return Files.write(folder.resolve(name), bytes);
  }

  private static BlockBackend open(Path path) {
    return DiskImages.open(path, Optional.empty(), false);
  }

  private static void refused(Path path, String... words) {
    for (boolean readOnly : new boolean[] {false, true}) {
      assertThatThrownBy(() -> DiskImages.inspect(path, Optional.empty(), readOnly))
          .isInstanceOf(HostException.class)
          .hasMessageContainingAll(words);
      assertThatThrownBy(() -> DiskImages.open(path, Optional.empty(), readOnly))
          .isInstanceOf(HostException.class)
          .hasMessageContainingAll(words);
    }
  }

  @Test
  void aChainIsReadDownToItsLastImageByNamesRelativeToEach() throws IOException {
    Files.createDirectories(folder.resolve("deep/er"));
    raw("deep/base.img", 5);
    create("deep/middle.qcow2", qcow2().over("base.img", DiskFormat.RAW));
    Path top = create("deep/er/top.qcow2", qcow2().over("../middle.qcow2", DiskFormat.QCOW2));
    try (BlockBackend disk = open(top)) {
      disk.write(1024, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
      byte[] read = RandomUse.read(disk, 1020, 12);
      assertThat(read).isEqualTo(new byte[] {5, 5, 5, 5, 1, 2, 3, 4, 5, 5, 5, 5});
      assertThat(RandomUse.read(disk, SIZE / 2 - 2, 4)).isEqualTo(new byte[] {5, 5, 0, 0});
    }
    assertThat(Files.readAllBytes(folder.resolve("deep/base.img"))).containsOnly(5);
  }

  @Test
  void aChainThatComesBackToAnImageIsRefused() throws IOException {
    Path a = create("a.qcow2", qcow2().over("b.qcow2", DiskFormat.QCOW2));
    create("b.qcow2", qcow2().over("c.qcow2", DiskFormat.QCOW2));
    Files.createSymbolicLink(folder.resolve("c.qcow2"), a);
    refused(a, "a.qcow2 is its own backing file, by way of", "c.qcow2");
    Path self = create("self.qcow2", qcow2().over("self.qcow2", DiskFormat.QCOW2));
    refused(self, "is its own backing file");
  }

  @Test
  void whatIsBehindAnImageIsNamedIfItCannotBeUsed() throws IOException {
    refused(create("a.qcow2", qcow2().over("no.img", DiskFormat.RAW)), "no.img does not exist");
    refused(create("b.qcow2", qcow2().over("ssh://x/y", DiskFormat.RAW)), "ssh://x/y", "file");
    refused(create("c.qcow2", qcow2().over("json:{}", DiskFormat.RAW)), "json:{}");
    Path vmdk = create("d.qcow2", qcow2().over("x.vmdk", DiskFormat.QCOW2));
    raw("x.vmdk", 0);
    byte[] bytes = Files.readAllBytes(vmdk);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("qcow2");
    System.arraycopy("vmdk".getBytes(StandardCharsets.US_ASCII), 0, bytes, at, 4);
    bytes[at - 1] = 4; // The extension's length.
    Files.write(vmdk, bytes);
    refused(vmdk, "is of format 'vmdk'", "qemu-img convert -f vmdk -O raw");
  }

  private void patch(Path image, int at, long value, int size) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(image));
    if (size == 8) {
      bytes.putLong(at, value);
    } else {
      bytes.putInt(at, (int) value);
    }
    Files.write(image, bytes.array());
  }

  @Test
  void whatIsNotKnownIsRefusedByItsName() throws IOException {
    Path image = create("a.qcow2", qcow2());
    patch(image, 72, 1 << 7, 8);
    refused(image, "a.qcow2 needs feature bit 7");
    byte[] bytes = Files.readAllBytes(image);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\0\4extended L2 entries");
    bytes[at + 1] = 7;
    Files.write(image, bytes);
    refused(image, "needs the feature 'extended L2 entries'");
    patch(image, 72, 0, 8);
    patch(image, 32, 2, 4);
    refused(image, "is encrypted (LUKS)");
    patch(image, 32, 1, 4);
    refused(image, "is encrypted (AES)");
    patch(image, 32, 0, 4);
    patch(image, 4, 1, 4);
    refused(image, "is qcow2 version 1");
  }

  @Test
  void anImageThatIsMarkedAsCorruptIsOnlyRead() throws IOException {
    Path image = create("a.qcow2", qcow2());
    patch(image, 72, Qcow2Header.INCOMPATIBLE_CORRUPT, 8);
    assertThatThrownBy(() -> open(image))
        .isInstanceOf(HostException.class)
        .hasMessageContainingAll("is marked as corrupt", "atoll disk check -r all");
    try (BlockBackend disk = DiskImages.open(image, Optional.empty(), true)) {
      assertThat(RandomUse.read(disk, 0, 512)).containsOnly(0);
      assertThatThrownBy(() -> disk.write(0, MemorySegment.ofArray(new byte[512])))
          .hasMessageContaining("read-only");
    }
  }

  @Test
  void whatSaysSomethingAboutTheContentsIsTakenBackBeforeTheyChange() throws IOException {
    Path image = create("a.qcow2", qcow2());
    patch(image, 88, 0xff, 8);
    byte[] before = Files.readAllBytes(image);
    open(image).close();
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    try (BlockBackend disk = open(image)) {
      disk.write(0, MemorySegment.ofArray(new byte[512]));
    }
    assertThat(ByteBuffer.wrap(Files.readAllBytes(image)).getLong(88))
        .isEqualTo(Qcow2Header.AUTOCLEAR_RAW_DATA);
  }

  @Test
  void aGuestCannotMakeARawDiskLookLikeAnImage() throws IOException {
    Path image = raw("disk.img", 0);
    byte[] head = new byte[1024];
    head[0] = 'Q';
    head[1] = 'F';
    head[2] = 'I';
    head[3] = (byte) 0xfb;
    try (BlockBackend disk = open(image)) {
      assertThatThrownBy(() -> disk.write(0, MemorySegment.ofArray(head)))
          .hasMessageContainingAll("look like a qcow2 disk image", "format=raw");
      assertThat(RandomUse.read(disk, 0, 1024)).containsOnly(0);
      disk.write(512, MemorySegment.ofArray(head));
      head[3] = 0;
      disk.write(0, MemorySegment.ofArray(head));
      assertThat(RandomUse.read(disk, 0, 3)).isEqualTo(new byte[] {'Q', 'F', 'I'});
    }
    head[3] = (byte) 0xfb;
    try (BlockBackend disk = DiskImages.open(image, Optional.of(DiskFormat.RAW), false)) {
      disk.write(0, MemorySegment.ofArray(head)); // Who says that it is raw may have it so.
    }
    assertThat(DiskImages.detect(image)).isEqualTo(DiskFormat.QCOW2);
    try (BlockBackend disk = DiskImages.open(image, Optional.of(DiskFormat.RAW), false)) {
      assertThat(RandomUse.read(disk, 0, 1024)).isEqualTo(head);
    }
  }

  @Test
  void imagesBehindOthersAreSharedByReadersAndHaveNoWriter() throws IOException {
    Path base = create("base.qcow2", qcow2());
    Path one = create("one.qcow2", qcow2().over("base.qcow2", DiskFormat.QCOW2));
    Path two = create("two.qcow2", qcow2().over("base.qcow2", DiskFormat.QCOW2));
    try (BlockBackend first = open(one);
        BlockBackend second = open(two)) {
      assertThat(first.size()).isEqualTo(second.size());
      assertThatThrownBy(() -> open(base)).hasMessageContainingAll("base.qcow2", "in use");
      assertThatThrownBy(() -> open(one)).hasMessageContainingAll("one.qcow2", "in use");
    }
    try (BlockBackend writer = open(base)) {
      assertThat(writer.readOnly()).isFalse();
      assertThatThrownBy(() -> open(one)).hasMessageContainingAll("base.qcow2", "in use");
    }
    open(one).close(); // What was refused has left no lock.
  }
}
