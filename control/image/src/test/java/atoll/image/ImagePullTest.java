package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.Clock;
import atoll.host.Effects;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

@Timeout(300)
class ImagePullTest {
  private static final int SIZE = 400_384;
  private static final String FILE = "Some-Disk_1.0.qcow2";

  @TempDir private Path cache;
  @TempDir private Path folder;
  private final byte[] disk = new byte[SIZE];
  private TestServer server;
  private ImageStore store;

  @BeforeEach
  void serve() throws IOException {
    new Random(11).nextBytes(disk);
    Arrays.fill(disk, 100_000, 300_000, (byte) 0);
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    server = new TestServer();
    server.version = "\"one\"";
    store = new ImageStore(cache, Progress.SILENT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ImageFiles pull(String address, Optional<Checksum> checksum, boolean again) {
    return new ImagePull(store, name -> null, Clock.host(), Effects.host().tasks(), Progress.SILENT)
        .pull(new ImagePull.Request(address, Optional.of("mine"), checksum, again));
  }

  private ImageFiles pull(String file) {
    return pull(server.uri(file).toString(), Optional.empty(), false);
  }

  private Checksum sha256(byte[] content) throws IOException {
    return Checksum.of(
        Checksum.Algorithm.SHA256,
        Files.write(folder.resolve("digested"), content),
        Progress.SILENT);
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(store.pulls())) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private void requireNothing() throws IOException {
    assertThat(store.list()).isEmpty();
    assertThat(cache.resolve("images/.new")).doesNotExist();
  }

  @Test
  void aDiskThatNobodyVouchesForIsSaidNotToBeVerified() throws IOException {
    server.put("f/disk.img", disk);
    ImageFiles image = pull("f/disk.img");
    assertThat(image.disk()).hasBinaryContent(disk);
    assertThat(image.manifest().uefi()).isTrue();
    assertThat(image.manifest().size()).isEqualTo(SIZE);
    PulledFrom from = store.get("mine").manifest().pulled().orElseThrow();
    assertThat(from.says()).isEmpty();
    assertThat(from.address()).isEqualTo(server.uri("f/disk.img").toString());
    assertThat(from.checksum()).isEqualTo(sha256(disk));
    assertThat(store.verify(image)).isEmpty();
    assertThat(left()).containsExactly("lock");
  }

  @Test
  void aListOfChecksumsBesideItVerifiesIt() throws IOException {
    server.put("f/disk.img", disk);
    String hex = sha256(disk).hex();
    server.put("f/SHA512SUMS", "0123  other.img\n".getBytes(StandardCharsets.US_ASCII));
    server.put(
        "f/SHA256SUMS",
        "%s  other.img\n%s *disk.img\n"
            .formatted("0".repeat(64), hex)
            .getBytes(StandardCharsets.US_ASCII));
    assertThat(pull("f/disk.img").manifest().pulled().orElseThrow().says()).contains("SHA256SUMS");
    server.put("f/SHA256SUMS", ("0".repeat(64) + "  disk.img").getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> pull("f/disk.img"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("is not what SHA256SUMS says", hex, "0".repeat(64));
    assertThat(left()).containsExactly("lock");
    assertThat(store.list()).hasSize(1);
  }

  @Test
  void whatTheUserSaysCountsMoreThanAListBesideIt() throws IOException {
    server.put("f/disk.img", disk);
    server.put("f/SHA256SUMS", ("0".repeat(64) + "  disk.img").getBytes(StandardCharsets.US_ASCII));
    ImageFiles image = pull(server.uri("f/disk.img").toString(), Optional.of(sha256(disk)), false);
    assertThat(image.manifest().pulled().orElseThrow().says()).contains(PulledFrom.USER);
  }

  @Test
  void whatIsThereIsNotFetchedAgainUnlessTheUserSaysSo() throws IOException {
    server.put("disk.img", disk);
    ImageFiles image = pull("disk.img");
    Optional<Checksum> checksum = Optional.of(sha256(disk));
    ImageFiles verified = pull(server.uri("disk.img").toString(), checksum, false);
    assertThat(verified.manifest().pulled().orElseThrow().says()).isPresent();
    assertThat(verified.folder()).isEqualTo(image.folder());
    int before = server.requests().size();
    assertThat(pull("disk.img")).isEqualTo(verified);
    assertThat(server.requests().subList(before, server.requests().size()))
        .noneMatch(request -> request.matches("GET disk.img( .*)?"));
    disk[0]++;
    server.put("disk.img", disk);
    ImageFiles again = pull(server.uri("disk.img").toString(), Optional.empty(), true);
    assertThat(again.disk()).hasBinaryContent(disk);
    assertThat(store.get("mine")).isEqualTo(again);
  }

  @Test
  void anInterruptedPullGoesOnWhereItWas() throws IOException {
    server.put("disk.img", disk);
    server.cutAfter = 150_000;
    server.failures.set(0);
    // A server that dies in the middle: the first piece comes, then only failures.
    assertThatThrownBy(() -> pullWhileFailing("disk.img"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("goes on where it stopped");
    requireNothing();
    assertThat(left()).anyMatch(file -> file.endsWith("-disk.img.part"));
    server.cutAfter = Integer.MAX_VALUE;
    server.failures.set(0);
    int before = server.requests().size();
    assertThat(pull("disk.img").disk()).hasBinaryContent(disk);
    assertThat(server.requests().subList(before, server.requests().size()))
        .anyMatch(request -> request.matches("GET disk.img bytes=[1-9][0-9]*-"));
  }

  /** The lists and the look are answered; the file's first piece comes, and then nothing. */
  private void pullWhileFailing(String file) {
    server.failAfter(file, 2);
    pull(file);
  }

  @Test
  void aFileThatHasChangedMeanwhileIsBegunAnew() throws IOException {
    server.put("disk.img", disk);
    server.cutAfter = 150_000;
    assertThatThrownBy(() -> pullWhileFailing("disk.img")).isInstanceOf(RefusedException.class);
    byte[] other = disk.clone();
    other[1]++;
    server.put("disk.img", other);
    server.version = "\"two\"";
    server.cutAfter = Integer.MAX_VALUE;
    server.failures.set(0);
    assertThat(pull("disk.img").disk()).hasBinaryContent(other);
  }

  /** Without a mark of the version, only a checksum can tell. */
  @Test
  void withoutAVersionAPartIsGoneOnWithOnlyIfAChecksumWillTell() throws IOException {
    server.version = "";
    server.put("disk.img", disk);
    server.cutAfter = 150_000;
    assertThatThrownBy(() -> pullWhileFailing("disk.img")).isInstanceOf(RefusedException.class);
    byte[] other = disk.clone();
    other[1]++;
    server.put("disk.img", other);
    server.cutAfter = Integer.MAX_VALUE;
    server.failures.set(0);
    assertThat(pull("disk.img").disk()).hasBinaryContent(other);

    store.remove("mine");
    server.cutAfter = 150_000;
    server.put("disk.img", disk);
    Optional<Checksum> checksum = Optional.of(sha256(other));
    String address = server.uri("disk.img").toString();
    server.failAfter("disk.img", 2);
    assertThatThrownBy(() -> pull(address, checksum, false)).isInstanceOf(RefusedException.class);
    server.put("disk.img", other);
    server.cutAfter = Integer.MAX_VALUE;
    server.failures.set(0);
    assertThat(pull(address, checksum, false).disk()).hasBinaryContent(other);
  }

  @Test
  void aBrokenConnectionIsGoneOnWithWithinAPull() throws IOException {
    server.put("disk.img", disk);
    server.cutAfter = 90_000;
    assertThat(pull("disk.img").disk()).hasBinaryContent(disk);
  }

  @Test
  void aRedirectionIsFollowedAndAMissingFileIsSaid() throws IOException {
    server.put("real.img", disk);
    server.redirect("disk.img", server.uri("real.img").toString());
    assertThat(pull("disk.img").disk()).hasBinaryContent(disk);
    assertThatThrownBy(() -> pull("none.img"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("answers 404")
        .hasMessageContaining("check the address");
  }

  @Test
  void aServerThatSaysNoLengthMayStillSendInOrder() throws IOException {
    server.chunks = true;
    server.put("disk.img", disk);
    assertThat(pull("disk.img").disk()).hasBinaryContent(disk);
  }

  /** An address whose server gives one answer and closes the connection, every time. */
  private static String answering(ServerSocket socket, String head) {
    Thread.ofVirtual()
        .start(() -> {
          while (!socket.isClosed()) {
            try (Socket one = socket.accept()) {
              one.getInputStream().read(new byte[4096]);
              one.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
              one.getOutputStream().flush();
            } catch (IOException e) {
              return;
            }
          }
        });
    return "http://localhost:%d/disk.img".formatted(socket.getLocalPort());
  }

  private void requireRefused(String head, String message) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      String address = answering(socket, head);
      assertThatThrownBy(() -> pull(address, Optional.empty(), false))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(message);
      requireNothing();
    }
  }

  @Test
  void halfAnImageIsNotTakenForTheWholeWhateverTheServerSaysOfItsLength() throws IOException {
    String some = "x".repeat(600);
    requireRefused(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n258\r\n" + some + "\r\n",
        "cannot fetch");
    requireRefused("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + some, "cannot fetch");
    requireRefused("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + some, "does not say how long");
    requireRefused("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "answers 500");
    requireRefused(
        "HTTP/1.1 206 OK\r\nContent-Range: bytes 5-5/9999\r\nContent-Length: 600\r\n\r\n" + some,
        "cannot fetch");
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] xz(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new XZOutputStream(bytes, new LZMA2Options(1))) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] tar(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      for (String each : List.of("README", name)) {
        TarArchiveEntry entry = new TarArchiveEntry(each);
        entry.setSize(content.length);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private byte[] qcow2(ImageOptions options) throws IOException {
    Path raw = Files.write(folder.resolve("raw.img"), disk);
    Path image = folder.resolve("image.qcow2");
    if (options.backingFile().isPresent() || options.dataFile().isPresent()) {
      long ignored = ImageTool.create(image, OptionalLong.of(SIZE), options);
    } else {
      ImageTool.convert(
          DiskLocation.of(raw),
          Optional.of(DiskFormat.RAW),
          DiskLocation.of(image),
          options,
          true,
          (at, size) -> {});
    }
    return Files.readAllBytes(image);
  }

  @Test
  void packedDisksAreUnpackedWhateverTheyAreCalled() throws IOException {
    byte[] qcow2 = qcow2(ImageOptions.usual(DiskFormat.QCOW2));
    List<byte[]> packed =
        List.of(
            qcow2,
            gzip(disk),
            xz(disk),
            Zstd.compress(disk),
            tar("disk.raw", disk),
            xz(tar("./x/disk.img", disk)),
            gzip(qcow2));
    for (int n = 0; n < packed.size(); n++) {
      server.put(n + ".bin", packed.get(n));
      assertThat(pull(n + ".bin").disk()).as("%d", n).hasBinaryContent(disk);
      assertThat(left()).containsExactly("lock");
    }
  }

  @Test
  void whatIsNoDiskOrOnlyPartOfOneIsRefused() throws IOException {
    server.put(
        "page.img",
        "<!DOCTYPE html><title>Sorry</title>".repeat(99).getBytes(StandardCharsets.US_ASCII));
    server.put("empty.img", new byte[0]);
    server.put("odd.img", Arrays.copyOf(disk, SIZE - 1));
    server.put("cut.xz", Arrays.copyOf(xz(disk), 5000));
    server.put("cut.gz", Arrays.copyOf(gzip(disk), 5000));
    server.put("cut.zst", Arrays.copyOf(Zstd.compress(disk), 5000));
    server.put("none.tar", tar("disk.txt", disk));
    server.put("disk.vmdk", Arrays.copyOf("KDMV".getBytes(StandardCharsets.US_ASCII), 4096));
    server.put("disk.bz2", "BZh91AY&SY".getBytes(StandardCharsets.US_ASCII));
    byte[] broken = qcow2(ImageOptions.usual(DiskFormat.QCOW2));
    server.put("cut.qcow2", Arrays.copyOf(broken, broken.length / 2));
    for (String name :
        List.of(
            "page.img: is no disk that firmware could start: it begins with '<!DOCTYPE html>",
            "empty.img: is empty",
            "odd.img: is no disk",
            "cut.xz: cannot be unpacked",
            "cut.gz: cannot be unpacked",
            "cut.zst: cannot be unpacked",
            "none.tar: is an archive without a disk image",
            "disk.vmdk: is a VMDK disk image, which cannot be used",
            "disk.bz2: is packed with bzip2, which cannot be used",
            "cut.qcow2: cannot be used")) {
      String file = name.substring(0, name.indexOf(':'));
      assertThatThrownBy(() -> pull(file))
          .as(name)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(name.substring(name.indexOf(':') + 2));
      requireNothing();
    }
  }

  /** Otherwise an image could have its guest read any file of the host. */
  @Test
  void anImageThatNamesOtherFilesIsRefused() throws IOException {
    ImageOptions usual = ImageOptions.usual(DiskFormat.QCOW2);
    Path secret = Files.write(folder.resolve("secret"), disk);
    server.put("over.qcow2", qcow2(usual.over(secret.toString(), DiskFormat.RAW)));
    assertThatThrownBy(() -> pull("over.qcow2"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not whole: it needs '" + secret);
    requireNothing();
  }

  @Test
  void aFileOfTheHostIsTakenAndStays() throws IOException {
    Path file = Files.write(folder.resolve("disk.img"), disk);
    Files.writeString(folder.resolve("disk.img.sha256"), sha256(disk).hex() + "\n");
    for (String address : List.of(file.toString(), file.toUri().toString())) {
      ImageFiles image = pull(address, Optional.empty(), true);
      assertThat(image.disk()).hasBinaryContent(disk);
      assertThat(image.manifest().pulled().orElseThrow().says()).contains("disk.img.sha256");
    }
    assertThat(file).hasBinaryContent(disk);
    assertThatThrownBy(() -> pull(folder.toString(), Optional.empty(), false))
        .hasMessageContaining("is not a file that can be read");
    Files.writeString(folder.resolve("disk.img.sha256"), "0".repeat(64));
    assertThatThrownBy(() -> pull(file.toString(), Optional.empty(), true))
        .hasMessageContaining("is not what disk.img.sha256 says");
    assertThat(file).exists();
  }

  @Test
  void anImageIsCalledAsItsFileUnlessThatGivesNoName() {
    assertThat(ImageAddress.parse("/a/" + FILE).imageName()).contains("some-disk-1-0");
    assertThat(ImageAddress.parse("https://host/x/debian-13-generic.tar.xz?a=b").imageName())
        .contains("debian-13-generic");
    assertThat(ImageAddress.parse("https://host/20%20.img").imageName()).isEmpty();
    for (String wrong : List.of("ftp://host/a.img", "https://host/", "https://u:p@host/a.img")) {
      assertThatThrownBy(() -> ImageAddress.parse(wrong))
          .as(wrong)
          .isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void listsOfChecksumsAreReadInTheFormsThatAreUsed() {
    String hex = "AB".repeat(32);
    Checksum expected = new Checksum(Checksum.Algorithm.SHA256, "ab".repeat(32));
    for (String line :
        List.of(
            hex + "  a.img",
            hex + " *a.img",
            hex + "  ./a.img",
            "SHA256 (a.img) = " + hex,
            "# a comment\n" + hex + "  a.img\n",
            hex)) {
      assertThat(ChecksumList.find(line, "a.img")).as(line).contains(expected);
    }
    for (String line : List.of("", hex + "  b.img", "SHA256 (b.img) = " + hex, "ab  a.img")) {
      assertThat(ChecksumList.find(line, "a.img")).as(line).isEmpty();
    }
  }
}
