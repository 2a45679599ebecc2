package atoll.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A viewer, by RFC 6143: it decodes what it is sent, and checks that it is what the RFC says. */
final class RfbViewer implements AutoCloseable {
  static final int ZRLE = 16;
  static final int CURSOR = -239;
  static final int DESKTOP_SIZE = -223;
  static final int QEMU_KEYS = -258;
  static final int QEMU_LEDS = -261;

  private final Socket socket;
  final DataInputStream in;
  final DataOutputStream out;
  private final Inflater inflater = new Inflater();
  int width;
  int height;
  String title;
  int[] pixels;
  int[] cursor;
  int leds = -1;
  boolean keys;
  private int bytes = 4;
  private boolean big;
  private int compressed = 3;

  RfbViewer(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** The whole handshake of RFB 3.8 without a password. */
  static RfbViewer open(int port) throws IOException {
    RfbViewer viewer = new RfbViewer(port);
    viewer.version("003.008");
    assertThat(viewer.in.readShort()).isEqualTo((short) 0x0101);
    viewer.out.write(1);
    assertThat(viewer.in.readInt()).isZero();
    viewer.initialise(true);
    return viewer;
  }

  void version(String own) throws IOException {
    assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("RFB 003.008\n");
    out.write(("RFB " + own + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  void initialise(boolean shared) throws IOException {
    out.write(shared ? 1 : 0);
    width = in.readUnsignedShort();
    height = in.readUnsignedShort();
    assertThat(in.readNBytes(16)).startsWith(32, 24, 0, 1);
    title = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    pixels = new int[width * height];
  }

  void encodings(int... numbers) throws IOException {
    out.write(new byte[] {2, 0});
    out.writeShort(numbers.length);
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  /** Pixels of that form from now on: bits, depth, big, mapped, maxima and shifts. */
  void format(int bits, int depth, boolean bigEndian, boolean mapped, int... rest)
      throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    try (DataOutputStream to = new DataOutputStream(message)) {
      to.write(new byte[] {0, 0, 0, 0, (byte) bits, (byte) depth});
      to.write(new byte[] {(byte) (bigEndian ? 1 : 0), (byte) (mapped ? 0 : 1)});
      for (int i = 0; i < 3; i++) {
        to.writeShort(rest[i]);
      }
      to.write(new byte[] {(byte) rest[3], (byte) rest[4], (byte) rest[5], 0, 0, 0});
    }
    out.write(message.toByteArray());
    bytes = bits / 8;
    big = bigEndian;
    compressed = bits == 32 && depth <= 24 ? 3 : bytes;
  }

  void ask(boolean incremental, int x, int y, int w, int h) throws IOException {
    out.write(new byte[] {3, (byte) (incremental ? 1 : 0)});
    out.writeShort(x);
    out.writeShort(y);
    out.writeShort(w);
    out.writeShort(h);
  }

  void ask(boolean incremental) throws IOException {
    ask(incremental, 0, 0, width, height);
  }

  void key(int symbol, boolean down) throws IOException {
    out.write(new byte[] {4, (byte) (down ? 1 : 0), 0, 0});
    out.writeInt(symbol);
  }

  void extendedKey(int symbol, int scancode, boolean down) throws IOException {
    out.write(new byte[] {(byte) 255, 0, 0, (byte) (down ? 1 : 0)});
    out.writeInt(symbol);
    out.writeInt(scancode);
  }

  void point(int x, int y, int mask) throws IOException {
    out.write(new byte[] {5, (byte) mask});
    out.writeShort(x);
    out.writeShort(y);
  }

  /** Takes an update; returns which encodings it had. */
  List<Integer> update() throws IOException, DataFormatException {
    int type = in.readUnsignedByte();
    if (type == 1) {
      in.readNBytes(3);
      in.readNBytes(6 * in.readUnsignedShort());
      type = in.readUnsignedByte();
    }
    assertThat(type).isZero();
    in.readByte();
    int count = in.readUnsignedShort();
    List<Integer> kinds = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      kinds.add(rectangle());
    }
    return kinds;
  }

  private int rectangle() throws IOException, DataFormatException {
    int x = in.readUnsignedShort();
    int y = in.readUnsignedShort();
    int w = in.readUnsignedShort();
    int h = in.readUnsignedShort();
    int kind = in.readInt();
    switch (kind) {
      case 0 -> put(x, y, w, h, raw(w * h, in));
      case ZRLE -> zrle(x, y, w, h);
      case DESKTOP_SIZE -> {
        width = w;
        height = h;
        pixels = new int[w * h];
      }
      case CURSOR -> {
        cursor = raw(w * h, in);
        in.readNBytes((w + 7) / 8 * h);
      }
      case QEMU_LEDS -> leds = in.readUnsignedByte();
      case QEMU_KEYS -> keys = true;
      default -> throw new AssertionError("encoding " + kind);
    }
    return kind;
  }

  private void put(int x, int y, int w, int h, int[] from) {
    assertThat(x + w).isLessThanOrEqualTo(width);
    assertThat(y + h).isLessThanOrEqualTo(height);
    for (int i = 0; i < w * h; i++) {
      pixels[(y + i / w) * width + x + i % w] = from[i];
    }
  }

  private int[] raw(int count, DataInputStream from) throws IOException {
    int[] all = new int[count];
    for (int i = 0; i < count; i++) {
      all[i] = pixel(bytes, from);
    }
    return all;
  }

  private int pixel(int size, DataInputStream from) throws IOException {
    int pixel = 0;
    for (int n = 0; n < size; n++) {
      int part = from.readUnsignedByte();
      pixel |= part << 8 * (big ? size - 1 - n : n);
    }
    return pixel;
  }

  private void zrle(int x, int y, int w, int h) throws IOException, DataFormatException {
    inflater.setInput(in.readNBytes(in.readInt()));
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    byte[] part = new byte[4096];
    for (int n = inflater.inflate(part); n > 0; n = inflater.inflate(part)) {
      plain.write(part, 0, n);
    }
    DataInputStream tiles = new DataInputStream(new ByteArrayInputStream(plain.toByteArray()));
    for (int ty = 0; ty < h; ty += 64) {
      for (int tx = 0; tx < w; tx += 64) {
        int tw = Math.min(64, w - tx);
        int th = Math.min(64, h - ty);
        put(x + tx, y + ty, tw, th, tile(tw, th, tiles));
      }
    }
    assertThat(tiles.available()).isZero();
  }

  private int[] tile(int w, int h, DataInputStream from) throws IOException {
    int kind = from.readUnsignedByte();
    int[] tile = new int[w * h];
    if (kind == 0) {
      for (int i = 0; i < w * h; i++) {
        tile[i] = pixel(compressed, from);
      }
    } else if (kind == 128) {
      for (int i = 0; i < w * h; ) {
        int pixel = pixel(compressed, from);
        int length = 1;
        int more;
        do {
          more = from.readUnsignedByte();
          length += more;
        } while (more == 255);
        Arrays.fill(tile, i, i + length, pixel);
        i += length;
      }
    } else {
      assertThat(kind).isBetween(1, 16);
      int[] palette = new int[kind];
      for (int n = 0; n < kind; n++) {
        palette[n] = pixel(compressed, from);
      }
      int bits = kind == 1 ? 0 : kind == 2 ? 1 : kind <= 4 ? 2 : 4;
      for (int row = 0; row < h; row++) {
        int left = 0;
        int packed = 0;
        for (int col = 0; col < w; col++) {
          if (bits > 0 && left == 0) {
            packed = from.readUnsignedByte();
            left = 8;
          }
          left -= bits;
          tile[row * w + col] = palette[bits == 0 ? 0 : packed >> left & (1 << bits) - 1];
        }
      }
    }
    return tile;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    socket.close();
  }
}
