package atoll.front;

/** Addresses as people read them. */
final class Address {
  private Address() {}

  /** Hexadecimal with a gap before the last four digits. */
  static String text(long address) {
    String digits = "%08x".formatted(address);
    int low = digits.length() - 4;
    return "0x" + digits.substring(0, low) + "_" + digits.substring(low);
  }
}
