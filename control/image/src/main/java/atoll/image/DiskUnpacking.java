package atoll.image;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageInfo;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.FileFormat;
import atoll.host.HostException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Makes a raw disk of a file that was made elsewhere: raw or qcow2, packed or not, alone in a tar
 * archive or not. What it has to say of other files is refused: an image from elsewhere reaches
 * nothing but itself. Used once.
 */
final class DiskUnpacking {
  private static final int SECTOR = 512;
  private static final int TAR_MARK = 257;
  private static final int SHOWN = 24;
  private static final String DISKS = "(?i).+\\.(raw|img|qcow2)";

  private final String origin;
  private final Path work;
  private final Progress progress;

  /**
   * @param origin what the user calls the file
   * @param work a folder for what is needed on the way
   */
  DiskUnpacking(String origin, Path work, Progress progress) {
    this.origin = origin;
    this.work = work;
    this.progress = progress;
  }

  /** Makes {@code disk} of {@code file}, which stays. */
  void unpack(Path file, Path disk) throws IOException {
    Path plain = plain(file);
    Optional<FileFormat> format = format(plain);
    if (format.equals(Optional.of(FileFormat.QCOW2))) {
      convert(plain, disk);
      return;
    }
    format
        .filter(DiskUnpacking::isForeign)
        .ifPresent(other -> {
          throw foreign(other);
        });
    requireDisk(plain);
    keep(plain, plain.equals(file), disk);
  }

  private static boolean isForeign(FileFormat format) {
    return switch (format.kind()) {
      case DISK, SPARSE, PACKED, ARCHIVE -> true;
      default -> false;
    };
  }

  private RefusedException foreign(FileFormat format) {
    return new RefusedException(
        "%s is %s, which cannot be used; fetch it yourself, make a raw or qcow2 image of it, and pull that: %s"
            .formatted(origin, format.text(), format.unpack("FILE").orElse("")));
  }

  /** Nothing of raw bytes that are of no known format. */
  private static Optional<FileFormat> format(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return FileFormat.of(channel);
    }
  }

  // ------------------------------------------------------------ packed files

  /** What is in the file, if it is packed, or else the file. */
  private Path plain(Path file) throws IOException {
    Optional<FileFormat> format = format(file).filter(DiskUnpacking::isPacked);
    if (format.isEmpty()) {
      return file;
    }
    Path plain = work.resolve("plain");
    progress.begin("unpacking " + file.getFileName(), Files.size(file));
    try (FileChannel channel = FileChannel.open(file);
        InputStream read = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
        InputStream in = new Unpacked(disk(unpacked(read, format.get())))) {
      SparseFile.write(in, plain, () -> progress.advance(channel.position()));
      return plain;
    } finally {
      progress.end();
    }
  }

  private static boolean isPacked(FileFormat format) {
    return switch (format) {
      case GZIP, XZ, ZSTD, TAR -> true;
      default -> false;
    };
  }

  private InputStream unpacked(InputStream packed, FileFormat format) {
    try {
      return switch (format) {
        case GZIP -> new GZIPInputStream(packed, 1 << 16);
        case XZ -> new XZInputStream(packed, DebArchive.XZ_MEMORY);
        case ZSTD -> new ZstdInputStream(packed);
        default -> packed;
      };
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /** The one disk of an archive, if it is one. */
  private InputStream disk(InputStream unpacked) {
    BufferedInputStream in = new BufferedInputStream(unpacked, 1 << 16);
    try {
      in.mark(SECTOR);
      String head = new String(in.readNBytes(SECTOR), StandardCharsets.ISO_8859_1);
      in.reset();
      return head.startsWith("ustar", TAR_MARK) ? member(new TarArchiveInputStream(in)) : in;
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private InputStream member(TarArchiveInputStream archive) throws IOException {
    for (TarArchiveEntry each = archive.getNextEntry();
        each != null;
        each = archive.getNextEntry()) {
      if (each.isFile() && each.getName().matches(DISKS)) {
        return archive;
      }
    }
    throw new RefusedException(
        "%s is an archive without a disk image, a file whose name ends with .raw, .img or .qcow2"
            .formatted(origin));
  }

  private RefusedException damaged(IOException e) {
    return new RefusedException(
        "%s cannot be unpacked: %s; it is damaged, or not all of it is there"
            .formatted(origin, HostException.reason(e)),
        e);
  }

  /** What fails in it is the packed file's fault, and not that of the place for what is in it. */
  private final class Unpacked extends FilterInputStream {
    private long left = Recipe.LARGEST;

    Unpacked(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      try {
        int got = in.read(into, offset, length);
        left -= Math.max(0, got);
        if (left < 0) {
          throw new IOException(
              "there are more than %s in it".formatted(ByteSize.format(Recipe.LARGEST)));
        }
        return got;
      } catch (IOException e) {
        throw damaged(e);
      }
    }
  }

  // ------------------------------------------------------------ disks

  private void convert(Path image, Path disk) {
    try {
      ImageInfo info = ImageTool.describe(DiskLocation.of(image), Optional.of(DiskFormat.QCOW2));
      Optional<String> other =
          info.backingFile().or(() -> info.qcow2().flatMap(ImageInfo.Qcow2::dataFile));
      if (other.isPresent()) {
        throw new RefusedException(
            "%s is not whole: it needs '%s'; make one of both with: atoll disk convert -O qcow2"
                .formatted(origin, other.get()));
      }
      progress.begin("unpacking " + image.getFileName(), info.size());
      try {
        ImageTool.convert(
            DiskLocation.of(image),
            Optional.of(DiskFormat.QCOW2),
            DiskLocation.of(disk),
            ImageOptions.usual(DiskFormat.RAW),
            false,
            (at, size) -> progress.advance(at));
      } finally {
        progress.end();
      }
    } catch (HostException e) {
      throw new RefusedException("%s cannot be used: %s".formatted(origin, e.getMessage()), e);
    }
  }

  /** Firmware looks for partitions, or a file system, whose first sector ends so. */
  private void requireDisk(Path raw) throws IOException {
    byte[] first;
    try (InputStream in = Files.newInputStream(raw)) {
      first = in.readNBytes(SECTOR);
    }
    boolean marked =
        first.length == SECTOR && first[SECTOR - 2] == 0x55 && first[SECTOR - 1] == (byte) 0xaa;
    if (!marked || Files.size(raw) % SECTOR != 0) {
      throw new RefusedException(
          "%s is no disk that firmware could start: it begins with %s, and has no partitions in whole sectors; check the address"
              .formatted(origin, begin(first)));
    }
  }

  private static String begin(byte[] bytes) {
    byte[] first = Arrays.copyOf(bytes, Math.min(SHOWN, bytes.length));
    String text = new String(first, StandardCharsets.ISO_8859_1);
    return text.matches("[ -~\\r\\n\\t]+")
        ? "'" + text.strip() + "'"
        : "the bytes " + HexFormat.of().formatHex(first);
  }

  private void keep(Path raw, boolean ofOthers, Path disk) throws IOException {
    if (!ofOthers) {
      Files.move(raw, disk);
      return;
    }
    progress.begin("copying " + raw.getFileName(), SparseFile.allocated(raw));
    try {
      SparseFile.copy(raw, disk, progress);
    } finally {
      progress.end();
    }
  }
}
