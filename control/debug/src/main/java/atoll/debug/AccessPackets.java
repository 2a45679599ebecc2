package atoll.debug;

import atoll.vmm.MachineDebug.AddressKind;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/** The packets that read and write registers and memory of the hart that a session has selected. */
final class AccessPackets {
  private static final String OK = "OK";
  private static final String ERROR = "E01";
  private static final String NO_MEMORY = "E0e";
  private static final int DIGITS = 16;

  /** Bytes of the longest part of memory that is summed: some tenths of a second. */
  private static final long MOST_SUMMED = 64 << 20;

  /** Registers that are told with each stop, as gdb wants them at once: pc, sp, ra, fp. */
  private static final int[] EXPEDITED = {RegisterNumbers.PC, 2, 1, 8};

  private final GdbSession session;

  /** By which addresses memory is meant. */
  private AddressKind addresses = AddressKind.VIRTUAL;

  AccessPackets(GdbSession session) {
    this.session = session;
  }

  void addresses(AddressKind kind) {
    addresses = kind;
  }

  AddressKind addresses() {
    return addresses;
  }

  // ------------------------------------------------------------ registers

  private long value(int number) {
    String name = RegisterNumbers.name(number).orElseThrow();
    return session.life().register(session.hart(), name);
  }

  private void value(int number, long value) {
    String name = RegisterNumbers.name(number).orElseThrow();
    session.life().register(session.hart(), name, value);
  }

  /** Some registers of the selected hart, as a stop reply has them. */
  String expedited() {
    StringBuilder text = new StringBuilder();
    for (int number : EXPEDITED) {
      text.append(Hex.octet(number)).append(':').append(Hex.register(value(number))).append(';');
    }
    return text.toString();
  }

  String readGeneral() {
    StringBuilder text = new StringBuilder();
    for (int number = 0; number < RegisterNumbers.GENERAL; number++) {
      text.append(Hex.register(value(number)));
    }
    return text.toString();
  }

  /** As many as are given; the others stay. */
  String writeGeneral(String text) {
    int count = Math.min(text.length() / DIGITS, RegisterNumbers.GENERAL);
    for (int number = 0; number < count; number++) {
      Optional<Long> value = Hex.register(text.substring(number * DIGITS, (number + 1) * DIGITS));
      if (value.isEmpty()) {
        return ERROR;
      }
      value(number, value.get());
    }
    return count == 0 ? ERROR : OK;
  }

  String readRegister(String text) {
    return Hex.number(text)
        .filter(number -> RegisterNumbers.name(number).isPresent())
        .map(number -> Hex.register(value(number.intValue())))
        .orElse(ERROR);
  }

  String writeRegister(String text) {
    int equals = text.indexOf('=');
    Optional<Long> number = equals < 0 ? Optional.empty() : Hex.number(text.substring(0, equals));
    Optional<Long> value = equals < 0 ? Optional.empty() : Hex.register(text.substring(equals + 1));
    if (number.flatMap(RegisterNumbers::name).isEmpty() || value.isEmpty()) {
      return ERROR;
    }
    value(number.get().intValue(), value.get());
    return OK;
  }

  // ------------------------------------------------------------ memory

  /**
   * A part of memory as packets name it.
   *
   * @param rest what is behind the colon
   */
  private record Range(long address, int length, String rest) {
    static Optional<Range> parse(String text) {
      int comma = text.indexOf(',');
      int colon = text.indexOf(':');
      if (comma < 0) {
        return Optional.empty();
      }
      String count = colon < comma ? text.substring(comma + 1) : text.substring(comma + 1, colon);
      String rest = colon < comma ? "" : text.substring(colon + 1);
      Optional<Long> length = Hex.number(count).filter(n -> n >= 0 && n <= Packets.LONGEST);
      return Hex.number(text.substring(0, comma))
          .flatMap(address -> length.map(n -> new Range(address, n.intValue(), rest)));
    }
  }

  /** Fewer bytes if there is memory for these only. */
  String readMemory(String text) {
    Optional<Range> range = Range.parse(text);
    if (range.isEmpty()) {
      return ERROR;
    }
    int length = Math.min(range.get().length, Packets.LONGEST / 2);
    byte[] read = session.life().read(session.hart(), addresses, range.get().address, length);
    return read.length == 0 && length > 0 ? NO_MEMORY : Hex.of(read);
  }

  /**
   * The check sum of memory, by which {@code compare-sections} compares without reading it; unknown
   * for more than a debugger waits for.
   *
   * @param text address and length
   */
  String checkSum(String text) {
    int comma = text.indexOf(',');
    Optional<Long> address = comma < 0 ? Optional.empty() : Hex.number(text.substring(0, comma));
    Optional<Long> length = comma < 0 ? Optional.empty() : Hex.number(text.substring(comma + 1));
    if (address.isEmpty() || length.isEmpty()) {
      return ERROR;
    }
    return Long.compareUnsigned(length.get(), MOST_SUMMED) <= 0
        ? checkSum(address.get(), length.get())
        : "";
  }

  /**
   * The sum takes each byte from its highest bit on, {@link CRC32} from its lowest, and the latter
   * inverts the end.
   */
  private String checkSum(long address, long length) {
    CRC32 sum = new CRC32();
    for (long done = 0; done < length; ) {
      int part = (int) Math.min(length - done, Packets.LONGEST);
      byte[] read = session.life().read(session.hart(), addresses, address + done, part);
      if (read.length < part) {
        return NO_MEMORY;
      }
      for (int i = 0; i < part; i++) {
        read[i] = (byte) (Integer.reverse(read[i]) >>> 24);
      }
      sum.update(read);
      done += part;
    }
    return "C" + Integer.toHexString(Integer.reverse(~(int) sum.getValue()));
  }

  String writeMemory(String text) {
    Optional<Range> range = Range.parse(text);
    Optional<byte[]> bytes = range.flatMap(part -> Hex.bytes(part.rest));
    return bytes.isPresent() && bytes.get().length == range.get().length
        ? write(range.get().address, bytes.get())
        : ERROR;
  }

  /** The same with the bytes as they are, a character each. */
  String writeBinary(String text) {
    Optional<Range> range = Range.parse(text);
    if (range.isEmpty()) {
      return ERROR;
    }
    byte[] bytes = range.get().rest.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.length == range.get().length ? write(range.get().address, bytes) : ERROR;
  }

  private String write(long address, byte[] bytes) {
    return session.life().write(session.hart(), addresses, address, bytes) ? OK : NO_MEMORY;
  }
}
