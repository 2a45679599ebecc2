package atoll.emit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The array that a piece of code is assembled in, its labels, and what in it depends on where it
 * lies: what all assemblers have in common, and all that those see who only move code.
 *
 * <p>Code is assembled into a Java array and copied to where it is executed when it is complete.
 * Places outside the piece in hand are named by their offset from the beginning of the code area,
 * as is the piece's own place.
 */
public abstract sealed class CodeBuffer permits X64Encoder {
  /** A reference to code outside of the piece: the distance to it is in the four bytes there. */
  public static final int CODE = 0;

  /** The same to memory outside of the code. */
  public static final int DATA = 1;

  /** An exit that may be replaced with a jump. */
  public static final int REPLACEABLE = 2;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Bytes that one instruction may take. */
  private static final int LONGEST = 32;

  private byte[] code = new byte[1 << 16];
  private int size;
  private int origin;

  private int[] labels = new int[64];
  private int labelCount;

  /** Where a jump's distance to a label belongs, and which label, in pairs. */
  private int[] fixups = new int[128];

  private int fixupCount;

  /** What {@link #referenceSite} and {@link #referenceKind} tell, in pairs. */
  private int[] references = new int[128];

  private int referenceCount;

  /** Begins a piece of code that will lie at {@code origin} in the code area. */
  public final void begin(int origin) {
    this.origin = origin;
    size = 0;
    labelCount = 0;
    fixupCount = 0;
    referenceCount = 0;
  }

  /** The offset in the code area at which the next instruction will lie. */
  public final int here() {
    return origin + size;
  }

  /** Bytes assembled so far. */
  public final int size() {
    return size;
  }

  /** What has been assembled, in the first {@link #size} bytes; valid until the next piece. */
  public final byte[] bytes() {
    return code;
  }

  // ------------------------------------------------------------ bytes

  final void put(int b) {
    code[size++] = (byte) b;
  }

  final void put4(int v) {
    byte[] c = code;
    int at = size;
    c[at] = (byte) v;
    c[at + 1] = (byte) (v >> 8);
    c[at + 2] = (byte) (v >> 16);
    c[at + 3] = (byte) (v >> 24);
    size = at + 4;
  }

  final void room() {
    if (code.length - size < LONGEST) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
  }

  /** Appends code that has been assembled before; {@link #bytes} has it at its end. */
  public final void append(MemorySegment from, long offset, int length) {
    while (code.length - size < length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, code, size, length);
    size += length;
  }

  /** The four bytes at a place in the piece. */
  public final int word(int site) {
    return (int) WORD.get(code, site);
  }

  /** Replaces them. */
  public final void word(int site, int value) {
    WORD.set(code, site, value);
  }

  // ------------------------------------------------------------ labels

  /** A new label, to be bound once. */
  public final int label() {
    if (labelCount == labels.length) {
      labels = Arrays.copyOf(labels, 2 * labelCount);
    }
    labels[labelCount] = -1;
    return labelCount++;
  }

  /** Puts a label here. */
  public final void bind(int label) {
    labels[label] = size;
  }

  /** Where a bound label lies, as an offset in the code area. */
  public final int offset(int label) {
    return origin + labels[label];
  }

  /** The next four bytes have the distance to a label, as soon as it is known. */
  final void fixUp(int label) {
    if (fixupCount + 2 > fixups.length) {
      fixups = Arrays.copyOf(fixups, 2 * fixupCount);
    }
    fixups[fixupCount++] = size;
    fixups[fixupCount++] = label;
  }

  /** Fills in all jumps to labels; the piece is then complete. */
  public final void finish() {
    for (int i = 0; i < fixupCount; i += 2) {
      int target = labels[fixups[i + 1]];
      if (target < 0) {
        throw new IllegalStateException("label " + fixups[i + 1] + " was never bound");
      }
      word(fixups[i], reaching(word(fixups[i]), target - fixups[i]));
    }
  }

  /**
   * The four bytes of a jump, once it is known how far from their own place it leads.
   *
   * @param word the bytes so far
   */
  abstract int reaching(int word, int distance);

  // ------------------------------------------------------------ what depends on the piece's place

  /** How many places of the piece in hand depend on where it and others lie. */
  public final int references() {
    return referenceCount / 2;
  }

  /** Where in the piece the reference with a number is. */
  public final int referenceSite(int number) {
    return references[2 * number];
  }

  /** {@link #CODE}, {@link #DATA} or {@link #REPLACEABLE}. */
  public final int referenceKind(int number) {
    return references[2 * number + 1];
  }

  /** Notes a reference in code that has been assembled before. */
  public final void note(int site, int kind) {
    if (referenceCount + 2 > references.length) {
      references = Arrays.copyOf(references, 2 * referenceCount);
    }
    references[referenceCount++] = site;
    references[referenceCount++] = kind;
  }

  /** The instruction that comes next may be replaced with a jump. */
  public final void replaceable() {
    note(size, REPLACEABLE);
  }

  /**
   * The four bytes of a reference to code or data once what it refers to is farther away.
   *
   * @param word the bytes so far
   * @param by bytes farther, from the piece; negative if it is nearer
   */
  public abstract int moved(int word, int by);
}
