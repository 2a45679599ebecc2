package atoll.display;

import atoll.host.EntropySource;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One viewer's connection: the protocol RFB 3.3, 3.7 or 3.8 (RFC 6143). Whatever it sends, it costs
 * no more than its buffers; what is not RFB ends it.
 */
final class VncConnection implements AutoCloseable {
  private static final int INPUT = 4096;
  private static final Pattern VERSION = Pattern.compile("RFB 003\\.(\\d{3})\n");
  private static final String OWN_VERSION = "RFB 003.008\n";
  private static final int TYPES_LISTED = 7; // RFB 3.7 and newer list the types of security
  private static final int RESULTS_TOLD = 8; // RFB 3.8 tells what came of it in any case

  private static final int NONE = 1; // §7.1.2
  private static final int VNC_AUTHENTICATION = 2;
  private static final int FAILED = 1; // §7.1.3

  private static final int SET_PIXEL_FORMAT = 0; // §7.5
  private static final int SET_ENCODINGS = 2;
  private static final int UPDATE_REQUEST = 3;
  private static final int KEY = 4;
  private static final int POINTER = 5;
  private static final int CUT_TEXT = 6;
  private static final int QEMU = 255;

  private static final long HANDSHAKE_NANOS = 10_000_000_000L;
  private static final long STALL_NANOS = 60_000_000_000L;

  private final SocketChannel channel;
  private final String title;
  private final Optional<VncPassword> password;
  private final Runnable alone;
  private final byte[] challenge = new byte[VncPassword.CHALLENGE];
  private final ByteBuffer in = ByteBuffer.allocate(INPUT);
  private final ByteBuffer out = ByteBuffer.allocate(VncUpdates.OUTPUT);
  private final VncUpdates updates;
  private final KeyTyper typer;

  private Phase phase = Phase.VERSION;
  private int minor;
  private int encodingsLeft;
  private long textLeft;

  /** Nothing more is said, and when all is sent it is over. */
  private boolean ending;

  /** When it must be past the handshake, or have taken some of what waits for it. */
  private long deadline;

  private enum Phase {
    VERSION,
    SECURITY,
    AUTHENTICATION,
    INITIALISATION,
    RUNNING
  }

  /**
   * One that has just been made.
   *
   * @param title what the viewer shows above the picture
   * @param entropy for what the password is asked with
   * @param alone called if the viewer wants no others beside it
   * @param now nanoseconds
   */
  VncConnection(
      SocketChannel channel,
      Screen screen,
      String title,
      Optional<VncPassword> password,
      EntropySource entropy,
      Runnable alone,
      long now) {
    this.channel = channel;
    this.title = title;
    this.password = password;
    this.alone = alone;
    updates = new VncUpdates(screen, out);
    typer = new KeyTyper(screen);
    entropy.fill(challenge);
    out.put(OWN_VERSION.getBytes(StandardCharsets.US_ASCII));
    deadline = now + HANDSHAKE_NANOS;
  }

  /** Whether it waits for a change of the picture. */
  boolean waiting() {
    return updates.waiting();
  }

  /** Whether something waits for room in the socket. */
  boolean blocked() {
    return out.position() > 0;
  }

  /**
   * Takes what has come.
   *
   * @throws IOException if it is over
   */
  void read() throws IOException {
    if (channel.read(in) < 0) {
      throw new EOFException("the viewer has gone");
    }
    in.flip();
    while (!ending && (phase == Phase.RUNNING ? message() : greet())) {
      // Whatever is whole has been taken.
    }
    if (ending) {
      in.position(in.limit());
    }
    in.compact();
  }

  /**
   * Sends what there is.
   *
   * @return when it wants to be asked again though nothing happens
   * @throws IOException if it is over
   */
  long serve(long now) throws IOException {
    long next = phase == Phase.RUNNING && !ending ? updates.serve(now) : VncUpdates.NEVER;
    out.flip();
    int sent = channel.write(out);
    out.compact();
    if (ending && !blocked()) {
      throw new EOFException("all is said");
    }
    if (phase == Phase.RUNNING && (sent > 0 || !blocked())) {
      deadline = now + STALL_NANOS;
    }
    if (now >= deadline) {
      throw new EOFException("the viewer does nothing");
    }
    return phase == Phase.RUNNING && !blocked() ? next : deadline;
  }

  // ------------------------------------------------------------ the handshake

  /** Takes a step of the handshake, if all of it has come. */
  private boolean greet() throws IOException {
    int needed =
        switch (phase) {
          case VERSION -> OWN_VERSION.length();
          case AUTHENTICATION -> VncPassword.CHALLENGE;
          default -> 1;
        };
    if (in.remaining() < needed) {
      return false;
    }
    byte[] said = new byte[needed];
    in.get(said);
    switch (phase) {
      case VERSION -> version(said);
      case SECURITY -> security(said[0]);
      case AUTHENTICATION -> authenticate(said);
      default -> initialise(said[0] != 0);
    }
    return true;
  }

  private void version(byte[] said) throws IOException {
    Matcher version = VERSION.matcher(new String(said, StandardCharsets.US_ASCII));
    if (!version.matches()) {
      throw new IOException("that is not RFB");
    }
    minor = Integer.parseInt(version.group(1));
    int type = password.isPresent() ? VNC_AUTHENTICATION : NONE;
    if (minor >= TYPES_LISTED) {
      out.put((byte) 1).put((byte) type);
      phase = Phase.SECURITY;
    } else {
      out.putInt(type);
      chosen();
    }
  }

  private void security(int type) {
    if (type != (password.isPresent() ? VNC_AUTHENTICATION : NONE)) {
      refuse("that kind of security was not offered");
    } else {
      chosen();
    }
  }

  private void chosen() {
    if (password.isPresent()) {
      out.put(challenge);
      phase = Phase.AUTHENTICATION;
    } else {
      if (minor >= RESULTS_TOLD) {
        out.putInt(0);
      }
      phase = Phase.INITIALISATION;
    }
  }

  private void authenticate(byte[] answer) {
    if (password.orElseThrow().accepts(challenge, answer)) {
      out.putInt(0);
      phase = Phase.INITIALISATION;
    } else {
      refuse("the password is another");
    }
  }

  private void refuse(String why) {
    out.putInt(FAILED);
    if (minor >= RESULTS_TOLD) {
      byte[] reason = why.getBytes(StandardCharsets.US_ASCII);
      out.putInt(reason.length).put(reason);
    }
    ending = true;
  }

  private void initialise(boolean shared) {
    if (!shared) {
      alone.run();
    }
    updates.introduce(title);
    phase = Phase.RUNNING;
  }

  // ------------------------------------------------------------ messages

  /** Takes a message, or a part of one whose parts are taken by themselves. */
  private boolean message() throws IOException {
    if (textLeft > 0) {
      int part = (int) Math.min(textLeft, in.remaining());
      in.position(in.position() + part);
      textLeft -= part;
      return part > 0;
    }
    if (encodingsLeft > 0) {
      return takes(Integer.BYTES, 0, this::encoding);
    }
    if (!in.hasRemaining()) {
      return false;
    }
    int type = in.get(in.position()) & 0xff;
    return switch (type) {
      case SET_PIXEL_FORMAT -> takes(4 + PixelFormat.SIZE, 4, this::pixelFormat);
      case SET_ENCODINGS -> takes(4, 2, this::encodings);
      case UPDATE_REQUEST -> takes(10, 1, this::request);
      case KEY -> takes(8, 1, this::key);
      case POINTER -> takes(6, 1, this::pointer);
      case CUT_TEXT -> takes(8, 4, () -> textLeft = Integer.toUnsignedLong(in.getInt()));
      case QEMU -> takes(12, 1, this::qemu);
      default -> throw new IOException("a message of type %d".formatted(type));
    };
  }

  /** What is done with a message's content. */
  @FunctionalInterface
  private interface Content {
    void take() throws IOException;
  }

  /** Takes a message of a size if all of it has come, from some bytes on. */
  private boolean takes(int size, int skipped, Content content) throws IOException {
    if (in.remaining() < size) {
      return false;
    }
    int end = in.position() + size;
    in.position(in.position() + skipped);
    content.take();
    in.position(end);
    return true;
  }

  private void pixelFormat() throws IOException {
    PixelFormat format = PixelFormat.read(in);
    if (!format.possible()) {
      throw new IOException("pixels that there are not: " + format);
    }
    updates.format(format);
  }

  private void encodings() {
    updates.noEncodings();
    encodingsLeft = in.getShort() & 0xffff;
  }

  private void encoding() {
    updates.encoding(in.getInt());
    encodingsLeft--;
  }

  private void request() {
    boolean incremental = in.get() != 0;
    int x = in.getShort() & 0xffff;
    int y = in.getShort() & 0xffff;
    updates.ask(incremental, new Area(x, y, in.getShort() & 0xffff, in.getShort() & 0xffff));
  }

  private void key() {
    boolean down = in.get() != 0;
    in.getShort(); // Padding.
    typer.symbol(in.getInt(), down);
  }

  private void pointer() {
    int mask = in.get() & 0xff;
    int x = in.getShort() & 0xffff;
    typer.point(x, in.getShort() & 0xffff, mask);
  }

  /** QEMU's extended key event: the key's place counts, if the viewer knows it. */
  private void qemu() throws IOException {
    if (in.get() != 0) {
      throw new IOException("a message of QEMU's that was not offered");
    }
    boolean down = in.getShort() != 0;
    int symbol = in.getInt();
    int scancode = in.getInt();
    if (scancode != 0) {
      typer.scancode(scancode, down);
    } else {
      typer.symbol(symbol, down);
    }
  }

  /** Nothing that it has pressed stays pressed. */
  @Override
  public void close() {
    typer.release();
    updates.close();
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }
}
