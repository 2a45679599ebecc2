package atoll.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts the header of a new qcow2 image together, or that of one whose backing file changes. */
final class Qcow2HeaderWriter {
  private static final int LENGTH = 112; // With the compression's type, as QEMU has it.

  /** Incompatible, compatible, autoclear: what programs that do not know a bit can call it. */
  private static final List<String> FEATURES =
      List.of(
          "\0\0dirty bit",
          "\0\1corrupt bit",
          "\0\2external data file",
          "\0\3compression type",
          "\0\4extended L2 entries",
          "\1\0lazy refcounts",
          "\2\0bitmaps",
          "\2\1raw external data");

  private static final int FEATURE_NAME = 48;

  private final ImageOptions options;

  Qcow2HeaderWriter(ImageOptions options) {
    this.options = options;
  }

  /** A cluster with the header of an image of no bytes, its counts in the next two clusters. */
  ByteBuffer header() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(options.clusterSize());
    bytes.putInt(0, Qcow2Header.MAGIC);
    bytes.putInt(4, options.version());
    bytes.putInt(20, Integer.numberOfTrailingZeros(options.clusterSize()));
    bytes.putLong(48, options.clusterSize());
    bytes.putInt(56, 1);
    if (options.version() > 2) {
      bytes.putLong(72, incompatible());
      bytes.putLong(80, options.lazyRefcounts() ? Qcow2Header.COMPATIBLE_LAZY_REFCOUNTS : 0);
      bytes.putLong(88, options.rawData() ? Qcow2Header.AUTOCLEAR_RAW_DATA : 0);
      bytes.putInt(96, Integer.numberOfTrailingZeros(options.refcountBits()));
      bytes.putInt(100, LENGTH);
      bytes.put(104, (byte) (options.zstd() ? 1 : 0));
    }
    putNames(
        bytes,
        options.version() > 2 ? LENGTH : Qcow2Header.LENGTH_V2,
        extensions(),
        options.backingFile());
    return bytes;
  }

  private long incompatible() {
    return (options.dataFile().isPresent() ? Qcow2Header.INCOMPATIBLE_DATA_FILE : 0)
        | (options.zstd() ? Qcow2Header.INCOMPATIBLE_COMPRESSION : 0)
        | (options.extendedL2() ? Qcow2Header.INCOMPATIBLE_EXTENDED_L2 : 0);
  }

  private List<Qcow2Header.Extension> extensions() {
    List<Qcow2Header.Extension> extensions = new ArrayList<>();
    options
        .backingFormat()
        .ifPresent(
            format -> extensions.add(text(Qcow2Header.EXTENSION_BACKING_FORMAT, format.word())));
    options
        .dataFile()
        .ifPresent(name -> extensions.add(text(Qcow2Header.EXTENSION_DATA_FILE, name)));
    boolean room = options.clusterSize() > 512; // Beside a long name of a backing file.
    if (options.version() > 2 && room) {
      extensions.add(featureNames());
    }
    return extensions;
  }

  static Qcow2Header.Extension text(int type, String text) {
    return new Qcow2Header.Extension(type, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Qcow2Header.Extension featureNames() {
    ByteBuffer table = ByteBuffer.allocate(FEATURES.size() * FEATURE_NAME);
    for (int n = 0; n < FEATURES.size(); n++) {
      table.put(n * FEATURE_NAME, FEATURES.get(n).getBytes(StandardCharsets.ISO_8859_1));
    }
    return new Qcow2Header.Extension(Qcow2Header.EXTENSION_FEATURE_NAMES, table.array());
  }

  /**
   * Puts the extensions and the backing file's name behind the fixed fields.
   *
   * @throws IOException if a cluster is too small for them
   */
  static void putNames(
      ByteBuffer bytes,
      int length,
      List<Qcow2Header.Extension> extensions,
      Optional<String> backingFile)
      throws IOException {
    byte[] name = backingFile.orElse("").getBytes(StandardCharsets.UTF_8);
    long needed = length + 8L + name.length;
    for (Qcow2Header.Extension extension : extensions) {
      needed += 8L + (extension.data().length + 7 & ~7);
    }
    if (needed > bytes.capacity() || name.length > Qcow2Header.MAX_BACKING_NAME) {
      throw new IOException(
          "the names of the backing and data files are too long for clusters of %d bytes"
              .formatted(bytes.capacity()));
    }
    bytes.position(length);
    for (Qcow2Header.Extension extension : extensions) {
      bytes.putInt(extension.type()).putInt(extension.data().length).put(extension.data());
      bytes.position(bytes.position() + 7 & ~7);
    }
    bytes.putLong(0); // The end of extensions.
    boolean named = backingFile.isPresent();
    bytes.putLong(8, named ? bytes.position() : 0);
    bytes.putInt(16, name.length);
    bytes.put(name);
    while (bytes.hasRemaining()) {
      bytes.put((byte) 0);
    }
    bytes.rewind();
  }
}
