package atoll.net;

import java.nio.ByteBuffer;

/** A TCP segment (RFC 9293, §3.1), looked at in its packet. Used again by one thread. */
final class TcpSegment {
  static final int HEADER = 20;
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;

  /** What an end that says nothing can take (RFC 9293, §3.7.1; RFC 8200, §8.3). */
  static final int USUAL_MSS_V4 = 536;

  static final int USUAL_MSS_V6 = 1220;

  private static final int LEAST_MSS = 88;
  private static final int MOST_SHIFT = 14; // RFC 7323, §2.3
  private static final int OPTION_END = 0;
  private static final int OPTION_NOTHING = 1;
  private static final int OPTION_MSS = 2;
  private static final int OPTION_SCALE = 3;

  /** No window scale option. */
  static final int UNSCALED = -1;

  ByteBuffer bytes;

  /** Ports as in {@link Flow}. */
  int ports;

  int sequence;
  int acknowledged;
  int flags;
  int window;

  /** Where its data begin, and how many bytes they are. */
  int data;

  int length;

  /** Of a SYN. */
  int mss;

  int shift;

  boolean read(IpPacket packet) {
    if (packet.length < HEADER) {
      return false;
    }
    bytes = packet.bytes;
    int at = packet.payload;
    int header = bytes.get(at + 12) >>> 2 & 0x3c;
    if (header < HEADER || header > packet.length) {
      return false;
    }
    ports = bytes.getInt(at);
    sequence = bytes.getInt(at + 4);
    acknowledged = bytes.getInt(at + 8);
    flags = bytes.get(at + 13) & 0x3f;
    window = bytes.getShort(at + 14) & 0xffff;
    data = at + header;
    length = packet.length - header;
    if (has(SYN)) {
      mss = packet.v4 ? USUAL_MSS_V4 : USUAL_MSS_V6;
      shift = UNSCALED;
      readOptions(at + HEADER, at + header);
    }
    return true;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** What is cut off at the end is not there; of a wrong one, neither is the rest. */
  private void readOptions(int from, int end) {
    for (int at = from; at < end; ) {
      int kind = bytes.get(at);
      if (kind == OPTION_NOTHING) {
        at++;
        continue;
      }
      int size = kind == OPTION_END || at + 1 == end ? 0 : bytes.get(at + 1) & 0xff;
      if (size < 2 || at + size > end) {
        return;
      }
      if (kind == OPTION_MSS && size == 4) {
        mss = Math.max(LEAST_MSS, bytes.getShort(at + 2) & 0xffff);
      } else if (kind == OPTION_SCALE && size == 3) {
        shift = Math.min(MOST_SHIFT, bytes.get(at + 2) & 0xff);
      }
      at += size;
    }
  }

  /** How many numbers it takes. */
  int span() {
    return length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }
}
