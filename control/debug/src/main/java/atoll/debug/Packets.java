package atoll.debug;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The frames of GDB's remote serial protocol (GDB manual, Appendix E.1): {@code $data#checksum},
 * with acknowledgements until the debugger has turned them off. Whatever comes in costs no more
 * than one packet's room.
 */
final class Packets {
  /** Bytes of the longest packet, which the debugger is told. */
  static final int LONGEST = 0x4000;

  private static final int INTERRUPT = 3;
  private static final int ESCAPE = '}';
  private static final int ESCAPED = 0x20;
  private static final byte[] NOTHING = {};

  /** Takes what comes in. */
  interface Taker {
    /** A whole packet. */
    void packet(byte[] data);

    /** The debugger's user wants everything to stop. */
    void interrupt();
  }

  private enum Where {
    BETWEEN,
    DATA,
    ESCAPE,
    FIRST_DIGIT,
    SECOND_DIGIT
  }

  private final Taker taker;
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private Where where = Where.BETWEEN;
  private int sum;
  private int claimed;
  private byte[] last = NOTHING;
  private boolean acknowledges = true;

  Packets(Taker taker) {
    this.taker = taker;
  }

  /**
   * Takes bytes, until something is to be sent: what is behind is left in {@code in}.
   *
   * @return false if they are no packets, and it is over
   */
  boolean take(ByteBuffer in) {
    while (in.hasRemaining() && out.size() == 0) {
      take(in.get() & 0xff);
      if (data.size() > LONGEST) {
        return false;
      }
    }
    return true;
  }

  private void take(int octet) {
    switch (where) {
      case BETWEEN -> between(octet);
      case DATA -> data(octet);
      case ESCAPE -> {
        add(octet, octet ^ ESCAPED);
        where = Where.DATA;
      }
      case FIRST_DIGIT -> {
        claimed = Character.digit(octet, 16) << 4;
        where = Where.SECOND_DIGIT;
      }
      case SECOND_DIGIT -> {
        where = Where.BETWEEN;
        end(claimed | Character.digit(octet, 16));
      }
    }
  }

  private void between(int octet) {
    switch (octet) {
      case '$' -> begin();
      case '-' -> out.writeBytes(last);
      case INTERRUPT -> taker.interrupt();
      default -> {} // acknowledged, or noise
    }
  }

  private void begin() {
    data.reset();
    sum = 0;
    where = Where.DATA;
  }

  private void data(int octet) {
    switch (octet) {
      case '#' -> where = Where.FIRST_DIGIT;
      case '$' -> begin(); // the one before was cut off
      case ESCAPE -> {
        sum += octet;
        where = Where.ESCAPE;
      }
      default -> add(octet, octet);
    }
  }

  private void add(int octet, int meant) {
    sum += octet;
    data.write(meant);
  }

  /** Without acknowledgements a wrong sum is not looked at: the line keeps bytes. */
  private void end(int sumThere) {
    if (acknowledges) {
      boolean right = (sum & 0xff) == sumThere;
      out.write(right ? '+' : '-');
      if (!right) {
        return;
      }
    }
    taker.packet(data.toByteArray());
  }

  /** Nothing is acknowledged any more. */
  void stopAcknowledging() {
    acknowledges = false;
  }

  /** Has a packet sent. */
  void send(String text) {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The same for any bytes. */
  void send(byte[] bytes) {
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.write('$');
    int total = 0;
    for (byte octet : bytes) {
      if (octet == '#' || octet == '$' || octet == ESCAPE || octet == '*') {
        framed.write(ESCAPE);
        framed.write(octet ^ ESCAPED);
        total += ESCAPE + (octet ^ ESCAPED);
      } else {
        framed.write(octet);
        total += octet & 0xff;
      }
    }
    framed.writeBytes(("#" + Hex.octet(total)).getBytes(StandardCharsets.US_ASCII));
    last = framed.toByteArray();
    out.writeBytes(last);
  }

  /** Whether something is to be sent. */
  boolean pending() {
    return out.size() > 0;
  }

  /** What is to be sent, which is then no longer there. */
  byte[] takeOutput() {
    byte[] taken = out.toByteArray();
    out.reset();
    return taken;
  }
}
