package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.util.Objects;
import java.util.OptionalLong;

/** A disk that knows where its bytes come from, and so where it has nothing but zeroes. */
interface SparseDisk extends BlockBackend {
  /** Where bytes come from. */
  enum Source {
    /** They are stored, or nothing is known of them. */
    DATA,
    /** They are stored packed. */
    COMPRESSED,
    /** They are known to be zero. */
    ZERO,
    /** No image has them: they are zero for that reason. */
    NOTHING
  }

  /**
   * Bytes one behind another that come from one place.
   *
   * @param length how many
   * @param depth which image has them: 0 for this one, 1 for the one behind it, and so on
   * @param place of the first one in that image's file, if they have one
   * @param file the name of that file
   */
  record Range(long length, Source source, int depth, OptionalLong place, String file) {
    public Range {
      Objects.requireNonNull(source, "source");
      Objects.requireNonNull(place, "place");
      Objects.requireNonNull(file, "file");
    }

    /** Of a disk of which nothing is known. */
    static Range unknown(long length) {
      return new Range(length, Source.DATA, 0, OptionalLong.empty(), "");
    }

    boolean zero() {
      return source == Source.ZERO || source == Source.NOTHING;
    }

    /** The same of the disk in front. */
    Range behind() {
      return new Range(length, source, depth + 1, place, file);
    }
  }

  /** What is known of the bytes from {@code offset} on, of at most {@code most}. */
  Range range(long offset, long most) throws IOException;
}
