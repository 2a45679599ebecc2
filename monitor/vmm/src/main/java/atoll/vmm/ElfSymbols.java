package atoll.vmm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The names of places in a program, from the symbol table of its ELF file (System V ABI, chapter
 * 4). A file that is none, is damaged or has been stripped has no names; so has one that names more
 * places than anybody reads.
 */
public final class ElfSymbols {
  private static final int MAGIC = 0x464c_457f; // 7f "ELF", little-endian
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int HEADER = 64;
  private static final int SECTION_OFFSET = 40;
  private static final int SECTION_SIZE = 58;
  private static final int SECTION_COUNT = 60;
  private static final int SECTION = 64;
  private static final int TYPE_SYMBOLS = 2;
  private static final int SYMBOL = 24;
  private static final int KIND = 0xf;
  private static final int KIND_FUNCTION = 2;
  private static final int UNDEFINED = 0;
  private static final int FIRST_RESERVED = 0xff00;

  /** A kernel with all its symbols has a tenth of that. */
  private static final int MOST = 2_000_000;

  private static final int LONGEST = 200;

  /** Behind an address that says no size, a name holds for so many bytes. */
  private static final int NEAR = 4096;

  /** Others, such as {@code $x} and {@code .L1}, are the tools' own. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][\\w.$]*");

  private final TreeMap<Long, Place> places = new TreeMap<>();

  /**
   * A name.
   *
   * @param size bytes of what has it; 0 if the file does not say
   */
  private record Place(String name, long size, boolean function) {}

  private ElfSymbols() {}

  /** The names in a file. */
  public static ElfSymbols of(byte[] file) {
    ElfSymbols symbols = new ElfSymbols();
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    try {
      symbols.read(elf);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      symbols.places.clear(); // it is cut off or damaged
    }
    return symbols;
  }

  private void read(ByteBuffer elf) {
    boolean known =
        elf.capacity() >= HEADER
            && elf.getInt(0) == MAGIC
            && elf.get(4) == CLASS_64
            && elf.get(5) == LITTLE_ENDIAN
            && elf.getShort(SECTION_SIZE) == SECTION;
    if (!known) {
      return;
    }
    int count = Short.toUnsignedInt(elf.getShort(SECTION_COUNT));
    for (int n = 0; n < count; n++) {
      ByteBuffer section = slice(elf, elf.getLong(SECTION_OFFSET) + (long) n * SECTION, SECTION);
      if (section.getInt(4) == TYPE_SYMBOLS) {
        readTable(elf, section);
      }
    }
  }

  private void readTable(ByteBuffer elf, ByteBuffer section) {
    int link = section.getInt(40);
    ByteBuffer strings = slice(elf, elf.getLong(SECTION_OFFSET) + (long) link * SECTION, SECTION);
    ByteBuffer names = slice(elf, strings.getLong(24), strings.getLong(32));
    ByteBuffer table = slice(elf, section.getLong(24), section.getLong(32));
    for (int at = 0; at + SYMBOL <= table.capacity() && places.size() < MOST; at += SYMBOL) {
      readSymbol(slice(table, at, SYMBOL), names);
    }
  }

  private void readSymbol(ByteBuffer symbol, ByteBuffer names) {
    int kind = symbol.get(4) & KIND;
    int section = Short.toUnsignedInt(symbol.getShort(6));
    if (kind > KIND_FUNCTION || section == UNDEFINED || section >= FIRST_RESERVED) {
      return;
    }
    String name = name(names, symbol.getInt(0));
    if (NAME.matcher(name).matches()) {
      Place place = new Place(name, symbol.getLong(16), kind == KIND_FUNCTION);
      places.merge(symbol.getLong(8), place, (a, b) -> a.function ? a : b);
    }
  }

  private static String name(ByteBuffer names, int from) {
    int end = from;
    while (end - from < LONGEST && names.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - from];
    names.get(from, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static ByteBuffer slice(ByteBuffer of, long at, long length) {
    if (at < 0 || length < 0 || at > of.capacity() - length) {
      throw new IndexOutOfBoundsException(at + "+" + length);
    }
    return of.slice((int) at, (int) length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The place of an address.
   *
   * @return such as {@code main+0x1c}; empty where nothing has a name
   */
  public Optional<String> at(long address) {
    Map.Entry<Long, Place> below = places.floorEntry(address);
    if (below == null) {
      return Optional.empty();
    }
    long offset = address - below.getKey();
    Place place = below.getValue();
    boolean inside = place.size == 0 ? offset < NEAR : offset < place.size;
    return inside
        ? Optional.of(offset == 0 ? place.name : "%s+0x%x".formatted(place.name, offset))
        : Optional.empty();
  }

  /** The address of a name, if it is known. */
  public OptionalLong address(String name) {
    return places.entrySet().stream()
        .filter(place -> place.getValue().name.equals(name))
        .mapToLong(Map.Entry::getKey)
        .findFirst();
  }
}
