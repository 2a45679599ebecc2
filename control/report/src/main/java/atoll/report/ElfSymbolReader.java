package atoll.report;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/** Reads the symbol tables of an ELF file (System V gABI, chapter 4), and nothing else of it. */
final class ElfSymbolReader {
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

  /** Bytes of a table that is read: a kernel's have a tenth of that. */
  private static final long LARGEST = 256 << 20;

  private final Source source;
  private final SymbolCollector found;

  /** The bytes of a file. */
  @FunctionalInterface
  interface Source {
    /**
     * Reads a part.
     *
     * @throws IndexOutOfBoundsException if the file does not have it
     */
    ByteBuffer read(long at, long length) throws IOException;
  }

  ElfSymbolReader(Source source, SymbolCollector found) {
    this.source = source;
    this.found = found;
  }

  /** A part of an array. */
  static ByteBuffer slice(ByteBuffer of, long at, long length) {
    if (at < 0 || length < 0 || at > of.capacity() - length) {
      throw new IndexOutOfBoundsException(at + "+" + length);
    }
    return of.slice((int) at, (int) length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A part of a file. */
  static ByteBuffer read(FileChannel file, long at, long length) throws IOException {
    if (at < 0 || length < 0 || length > LARGEST || at > file.size() - length) {
      throw new IndexOutOfBoundsException(at + "+" + length);
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("it has become shorter");
      }
    }
    return bytes.flip();
  }

  /** Reads all; returns whether it is such a file. */
  boolean read() throws IOException {
    ByteBuffer elf;
    try {
      elf = source.read(0, HEADER);
    } catch (IndexOutOfBoundsException e) {
      return false;
    }
    if (elf.getInt(0) != MAGIC) {
      return false;
    }
    boolean known =
        elf.get(4) == CLASS_64
            && elf.get(5) == LITTLE_ENDIAN
            && elf.getShort(SECTION_SIZE) == SECTION;
    if (known) {
      int count = Short.toUnsignedInt(elf.getShort(SECTION_COUNT));
      readSections(source.read(elf.getLong(SECTION_OFFSET), (long) count * SECTION), count);
    }
    return true;
  }

  private void readSections(ByteBuffer sections, int count) throws IOException {
    for (int n = 0; n < count; n++) {
      ByteBuffer section = slice(sections, (long) n * SECTION, SECTION);
      if (section.getInt(4) == TYPE_SYMBOLS) {
        ByteBuffer strings = slice(sections, section.getInt(40) * (long) SECTION, SECTION);
        readTable(content(section), content(strings));
      }
    }
  }

  private ByteBuffer content(ByteBuffer section) throws IOException {
    return source.read(section.getLong(24), section.getLong(32));
  }

  private void readTable(ByteBuffer table, ByteBuffer names) {
    for (int at = 0; at + SYMBOL <= table.capacity() && found.open(); at += SYMBOL) {
      int kind = table.get(at + 4) & KIND;
      int section = Short.toUnsignedInt(table.getShort(at + 6));
      if (kind <= KIND_FUNCTION && section != UNDEFINED && section < FIRST_RESERVED) {
        byte[] name = name(names, table.getInt(at));
        found.add(table.getLong(at + 8), name, table.getLong(at + 16), kind == KIND_FUNCTION);
      }
    }
  }

  private static byte[] name(ByteBuffer names, int from) {
    int end = from;
    while (names.get(end) != 0) {
      end++;
    }
    return Arrays.copyOfRange(names.array(), names.arrayOffset() + from, names.arrayOffset() + end);
  }
}
