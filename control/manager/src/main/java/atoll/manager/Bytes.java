package atoll.manager;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that do not change: what is typed or printed on a console. */
public final class Bytes {
  private final byte[] bytes;

  private Bytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of some bytes. */
  public static Bytes of(byte[] from, int offset, int length) {
    return new Bytes(Arrays.copyOfRange(from, offset, offset + length));
  }

  /** The bytes of a text in UTF-8. */
  public static Bytes of(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy. */
  public byte[] toArray() {
    return bytes.clone();
  }

  /** The bytes themselves, for those who leave them as they are. */
  byte[] array() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes same && Arrays.equals(bytes, same.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** As UTF-8. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
