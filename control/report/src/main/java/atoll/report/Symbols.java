package atoll.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The names of places in a program: of the symbol table of an ELF file (System V gABI, chapter 4),
 * or of a list as {@code nm} and Linux write it ({@code System.map}, {@code /proc/kallsyms}). A
 * file that is neither, is damaged or has been stripped has no names.
 *
 * <p>Some 100 bytes of heap a name; a kernel has 200,000.
 */
public final class Symbols {
  /** Behind an address that says no size, a name holds for so many bytes. */
  private static final long NEAR = 4096;

  private final long[] addresses;

  /** Bytes of what has the name; 0 if that is not known. */
  private final long[] sizes;

  private final String[] names;

  private Symbols(long[] addresses, long[] sizes, String[] names) {
    this.addresses = addresses;
    this.sizes = sizes;
    this.names = names;
  }

  /** The names in the bytes of a file. */
  public static Symbols of(byte[] file) {
    try {
      return read((at, length) -> ElfSymbolReader.slice(ByteBuffer.wrap(file), at, length));
    } catch (IOException e) {
      throw new IllegalStateException("there is no file to be read", e);
    }
  }

  /**
   * The names in a file, of which only its tables are read.
   *
   * @throws IOException if it cannot be read
   */
  public static Symbols of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return read((at, length) -> ElfSymbolReader.read(channel, at, length));
    }
  }

  private static Symbols read(ElfSymbolReader.Source source) throws IOException {
    SymbolCollector found = new SymbolCollector();
    try {
      if (!new ElfSymbolReader(source, found).read()) {
        SymbolListReader.read(source, found);
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      found.clear(); // it is cut off or damaged
    }
    return found.symbols();
  }

  /** Sorted by address, each address once. */
  static Symbols sorted(long[] addresses, long[] sizes, String[] names) {
    return new Symbols(addresses, sizes, names);
  }

  /** How many there are. */
  public int count() {
    return names.length;
  }

  /**
   * The place of an address.
   *
   * @return such as {@code main+0x1c}; empty where nothing has a name
   */
  public Optional<String> at(long address) {
    int n = below(address);
    if (n < 0) {
      return Optional.empty();
    }
    long offset = address - addresses[n];
    boolean inside = Long.compareUnsigned(offset, sizes[n] == 0 ? NEAR : sizes[n]) < 0;
    return inside
        ? Optional.of(offset == 0 ? names[n] : "%s+0x%x".formatted(names[n], offset))
        : Optional.empty();
  }

  /** Where what is at an address begins; the address itself where nothing has a name. */
  long begin(long address) {
    return at(address).isPresent() ? addresses[below(address)] : address;
  }

  /** The last one at or below an address; -1 if there is none. Addresses are unsigned. */
  private int below(long address) {
    int low = 0;
    int high = addresses.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** The address of a name, if it is known. */
  public OptionalLong address(String name) {
    int n = Arrays.asList(names).indexOf(name);
    return n < 0 ? OptionalLong.empty() : OptionalLong.of(addresses[n]);
  }

  /** The same program where it was loaded so many bytes further. */
  public Symbols moved(long distance) {
    long[] moved = Arrays.stream(addresses).map(address -> address + distance).toArray();
    return new Symbols(moved, sizes, names);
  }
}
