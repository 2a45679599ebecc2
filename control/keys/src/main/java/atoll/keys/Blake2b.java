package atoll.keys;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * BLAKE2b with 64 bytes of digest and no key (RFC 7693), which minisign signs in place of a file.
 * The JDK lacks it.
 */
final class Blake2b {
  private static final int BLOCK = 128;
  private static final int WORDS = 16;
  private static final int ROUNDS = 12;
  private static final int DIGEST = 64;
  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The fraction of the square roots of the first primes (RFC 7693, section 2.6). */
  private static final long[] IV = {
    0x6a09e667f3bcc908L, 0xbb67ae8584caa73bL, 0x3c6ef372fe94f82bL, 0xa54ff53a5f1d36f1L,
    0x510e527fade682d1L, 0x9b05688c2b3e6c1fL, 0x1f83d9abfb41bd6bL, 0x5be0cd19137e2179L
  };

  /** The order of a block's words in each round (section 2.7), a hexadecimal digit a word. */
  private static final String[] ORDER = {
    "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8",
    "905724afe1bc683d", "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a",
    "6fe9b308c2d714a5", "a2847615fb9e3cd0"
  };

  private static final byte[][] SIGMA = sigma();

  private final long[] state = IV.clone();
  private final long[] mixed = new long[WORDS];
  private final long[] words = new long[WORDS];
  private final byte[] block = new byte[BLOCK];
  private int held;
  private long count;

  private Blake2b() {
    state[0] ^= 0x01010000L | DIGEST;
  }

  private static byte[][] sigma() {
    byte[][] all = new byte[ROUNDS][WORDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int n = 0; n < WORDS; n++) {
        all[round][n] = (byte) Character.digit(ORDER[round % ORDER.length].charAt(n), WORDS);
      }
    }
    return all;
  }

  /** The digest of some bytes. */
  static byte[] of(byte[] bytes) {
    Blake2b digest = new Blake2b();
    digest.add(bytes, bytes.length);
    return digest.end();
  }

  /** The digest of all that comes. */
  static byte[] of(InputStream in) throws IOException {
    Blake2b digest = new Blake2b();
    byte[] buffer = new byte[1 << 16];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.add(buffer, n);
    }
    return digest.end();
  }

  /** The last block waits for the end, since it is mixed in otherwise. */
  private void add(byte[] bytes, int length) {
    int from = 0;
    while (from < length) {
      if (held == BLOCK) {
        count += BLOCK;
        mix(0);
        held = 0;
      }
      int part = Math.min(BLOCK - held, length - from);
      System.arraycopy(bytes, from, block, held, part);
      held += part;
      from += part;
    }
  }

  private byte[] end() {
    count += held;
    Arrays.fill(block, held, BLOCK, (byte) 0);
    mix(-1);
    byte[] digest = new byte[DIGEST];
    for (int n = 0; n < IV.length; n++) {
      LITTLE.set(digest, n * Long.BYTES, state[n]);
    }
    return digest;
  }

  /**
   * The compression function F (section 3.2).
   *
   * @param last all bits set for the last block, none for others
   */
  private void mix(long last) {
    for (int n = 0; n < WORDS; n++) {
      words[n] = (long) LITTLE.get(block, n * Long.BYTES);
    }
    System.arraycopy(state, 0, mixed, 0, IV.length);
    System.arraycopy(IV, 0, mixed, IV.length, IV.length);
    mixed[12] ^= count;
    mixed[14] ^= last;
    for (byte[] order : SIGMA) {
      round(order);
    }
    for (int n = 0; n < IV.length; n++) {
      state[n] ^= mixed[n] ^ mixed[n + IV.length];
    }
  }

  private void round(byte[] order) {
    for (int n = 0; n < 4; n++) {
      turn(n, 4 + n, 8 + n, 12 + n, words[order[2 * n]], words[order[2 * n + 1]]);
    }
    for (int n = 0; n < 4; n++) {
      long x = words[order[8 + 2 * n]];
      long y = words[order[9 + 2 * n]];
      turn(n, 4 + (n + 1) % 4, 8 + (n + 2) % 4, 12 + (n + 3) % 4, x, y);
    }
  }

  /** The mixing function G (section 3.1). */
  private void turn(int a, int b, int c, int d, long x, long y) {
    mixed[a] += mixed[b] + x;
    mixed[d] = Long.rotateRight(mixed[d] ^ mixed[a], 32);
    mixed[c] += mixed[d];
    mixed[b] = Long.rotateRight(mixed[b] ^ mixed[c], 24);
    mixed[a] += mixed[b] + y;
    mixed[d] = Long.rotateRight(mixed[d] ^ mixed[a], 16);
    mixed[c] += mixed[d];
    mixed[b] = Long.rotateRight(mixed[b] ^ mixed[c], 63);
  }
}
