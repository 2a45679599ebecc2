package atoll.nbd;

import static atoll.nbd.ProtocolException.require;

import atoll.line.TlsLine;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Agrees with a client on how it uses the export. Used once. */
final class ServerHandshake {
  private static final int DATA_MOST = 64 << 10;

  /** More is skipped no more, but ends the connection. */
  private static final int SKIPPED_MOST = 1 << 20;

  /** An honest client needs some ten. */
  private static final int OPTIONS_MOST = 1000;

  private static final int PREFERRED = 4096;
  private static final int CONTEXT = 1;
  private static final String EVERY_BASE = "base:";

  private final Wire wire;
  private final String name;
  private final NbdExport export;
  private final Optional<TlsContext> tls;
  private boolean secure;
  private boolean noZeroes;
  private boolean structured;
  private boolean context;

  ServerHandshake(Wire wire, String name, NbdExport export, Optional<TlsContext> tls) {
    this.wire = wire;
    this.name = name;
    this.export = export;
    this.tls = tls;
  }

  /**
   * What was agreed on.
   *
   * @param structured whether replies are structured
   * @param context whether the client may ask what is allocated
   */
  record Agreement(boolean structured, boolean context) {
    /** The number by which status replies name it. */
    int contextId() {
      return CONTEXT;
    }
  }

  /** Performs it; nothing if the client has gone. */
  Optional<Agreement> perform() throws IOException {
    wire.put64(Protocol.MAGIC).put64(Protocol.OPTION_MAGIC);
    wire.put16(Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES).flush();
    int flags = wire.int32();
    require(
        (flags & ~(Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES)) == 0,
        "a client with flags 0x%x".formatted(flags));
    noZeroes = (flags & Protocol.NO_ZEROES) != 0;
    for (int n = 0; n < OPTIONS_MOST; n++) {
      require(wire.int64() == Protocol.OPTION_MAGIC, "no option");
      int option = wire.int32();
      long length = wire.uint32();
      if (option == Protocol.OPT_ABORT) {
        abort(length);
        return Optional.empty();
      }
      if (option == Protocol.OPT_EXPORT_NAME) {
        return byName(length);
      }
      if (perform(option, length)) {
        return Optional.of(new Agreement(structured, context));
      }
    }
    throw new ProtocolException("more than %d options".formatted(OPTIONS_MOST));
  }

  private void abort(long length) throws IOException {
    require(length <= DATA_MOST, "an end with %d bytes".formatted(length));
    wire.skip(length);
    reply(Protocol.OPT_ABORT, Protocol.REP_ACK, new byte[0]);
  }

  /** Returns whether transmission begins. */
  private boolean perform(int option, long length) throws IOException {
    if (length > DATA_MOST) {
      require(length <= SKIPPED_MOST, "an option of %d bytes".formatted(length));
      wire.skip(length);
      return refuse(option, Protocol.REP_ERR_TOO_BIG, "an option has at most 65536 bytes");
    }
    ByteBuffer data = wire.bytes((int) length);
    if (tls.isPresent() && !secure && option != Protocol.OPT_STARTTLS) {
      return refuse(option, Protocol.REP_ERR_TLS_REQD, "this server wants TLS");
    }
    try {
      return switch (option) {
        case Protocol.OPT_LIST -> list(data);
        case Protocol.OPT_STARTTLS -> startTls(data);
        case Protocol.OPT_INFO -> {
          boolean ignored = describe(option, data);
          yield false;
        }
        case Protocol.OPT_GO -> describe(option, data);
        case Protocol.OPT_STRUCTURED_REPLY -> structure(data);
        case Protocol.OPT_LIST_META_CONTEXT, Protocol.OPT_SET_META_CONTEXT ->
            contexts(option, data);
        default -> refuse(option, Protocol.REP_ERR_UNSUP, "there is no such option here");
      };
    } catch (BufferUnderflowException e) {
      return refuse(option, Protocol.REP_ERR_INVALID, "the option is shorter than it says");
    }
  }

  private void reply(int option, int type, byte[] data) throws IOException {
    wire.put64(Protocol.OPTION_REPLY_MAGIC).put32(option).put32(type);
    wire.put32(data.length).put(data).flush();
  }

  private boolean refuse(int option, int error, String why) throws IOException {
    reply(option, error, Wire.utf8(why));
    return false;
  }

  private boolean list(ByteBuffer data) throws IOException {
    if (data.hasRemaining()) {
      return refuse(
          Protocol.OPT_LIST, Protocol.REP_ERR_INVALID, "a list is asked for without data");
    }
    byte[] own = Wire.utf8(name);
    byte[] entry =
        ByteBuffer.allocate(Integer.BYTES + own.length).putInt(own.length).put(own).array();
    reply(Protocol.OPT_LIST, Protocol.REP_SERVER, entry);
    reply(Protocol.OPT_LIST, Protocol.REP_ACK, new byte[0]);
    return false;
  }

  /** What was agreed on before could have been said by somebody between. */
  private boolean startTls(ByteBuffer data) throws IOException {
    if (data.hasRemaining()) {
      return refuse(Protocol.OPT_STARTTLS, Protocol.REP_ERR_INVALID, "TLS is begun without data");
    }
    if (tls.isEmpty() || secure) {
      return refuse(Protocol.OPT_STARTTLS, Protocol.REP_ERR_UNSUP, "there is no TLS to begin");
    }
    reply(Protocol.OPT_STARTTLS, Protocol.REP_ACK, new byte[0]);
    wire.upgrade(line -> new TlsLine(line, tls.get().server()));
    secure = true;
    structured = false;
    context = false;
    return false;
  }

  private boolean structure(ByteBuffer data) throws IOException {
    if (data.hasRemaining()) {
      return refuse(
          Protocol.OPT_STRUCTURED_REPLY, Protocol.REP_ERR_INVALID, "the option has no data");
    }
    structured = true;
    reply(Protocol.OPT_STRUCTURED_REPLY, Protocol.REP_ACK, new byte[0]);
    return false;
  }

  private static String name(ByteBuffer data) {
    int length = data.getInt();
    if (length < 0 || length > data.remaining()) {
      throw new BufferUnderflowException();
    }
    return Wire.text(data, length);
  }

  /** The only export is the default one, too. */
  private boolean has(String wanted) {
    return wanted.equals(name) || wanted.isEmpty();
  }

  private boolean unknown(int option, String wanted) throws IOException {
    return refuse(
        option,
        Protocol.REP_ERR_UNKNOWN,
        "there is no export '%s'".formatted(wanted.substring(0, Math.min(256, wanted.length()))));
  }

  private boolean describe(int option, ByteBuffer data) throws IOException {
    String wanted = name(data);
    List<Integer> facts = new ArrayList<>();
    int count = data.getShort() & 0xffff;
    for (int n = 0; n < count; n++) {
      facts.add(data.getShort() & 0xffff);
    }
    if (data.hasRemaining()) {
      return refuse(option, Protocol.REP_ERR_INVALID, "the option is longer than it says");
    }
    if (!has(wanted)) {
      return unknown(option, wanted);
    }
    reply(option, Protocol.REP_INFO, size());
    if (facts.contains(Protocol.INFO_NAME)) {
      reply(option, Protocol.REP_INFO, fact(Protocol.INFO_NAME, Wire.utf8(name)));
    }
    if (facts.contains(Protocol.INFO_BLOCK_SIZE)) {
      byte[] blocks =
          ByteBuffer.allocate(3 * Integer.BYTES)
              .putInt(1)
              .putInt(PREFERRED)
              .putInt(Protocol.PAYLOAD_MOST)
              .array();
      reply(option, Protocol.REP_INFO, fact(Protocol.INFO_BLOCK_SIZE, blocks));
    }
    reply(option, Protocol.REP_ACK, new byte[0]);
    return true;
  }

  private static byte[] fact(int type, byte[] data) {
    return ByteBuffer.allocate(Short.BYTES + data.length).putShort((short) type).put(data).array();
  }

  private byte[] size() {
    return fact(
        Protocol.INFO_EXPORT,
        ByteBuffer.allocate(Long.BYTES + Short.BYTES)
            .putLong(export.size())
            .putShort((short) flags())
            .array());
  }

  /** What one connection has written and flushed all others see: there can be several. */
  private int flags() {
    int always =
        Protocol.HAS_FLAGS
            | Protocol.SEND_FLUSH
            | Protocol.SEND_FUA
            | Protocol.CAN_MULTI_CONN
            | (structured ? Protocol.SEND_DF : 0);
    return always
        | (export.readOnly()
            ? Protocol.READ_ONLY
            : Protocol.SEND_TRIM | Protocol.SEND_WRITE_ZEROES);
  }

  /** As it was before GO, without a way to say no. */
  private Optional<Agreement> byName(long length) throws IOException {
    require(length <= Protocol.NAME_MOST, "a name of %d bytes".formatted(length));
    String wanted = Wire.text(wire.bytes((int) length), (int) length);
    if (tls.isPresent() && !secure || !has(wanted)) {
      return Optional.empty();
    }
    wire.put64(export.size()).put16(flags());
    if (!noZeroes) {
      wire.put(new byte[Protocol.ZEROES]);
    }
    wire.flush();
    return Optional.of(new Agreement(structured, context));
  }

  private boolean contexts(int option, ByteBuffer data) throws IOException {
    boolean set = option == Protocol.OPT_SET_META_CONTEXT;
    String wanted = name(data);
    int count = data.getInt();
    boolean found = !set && count == 0;
    for (int n = 0; n < count; n++) {
      String query = name(data);
      found |= query.equals(Protocol.ALLOCATION) || !set && query.equals(EVERY_BASE);
    }
    if (data.hasRemaining() || count < 0 || !structured) {
      return refuse(
          option,
          Protocol.REP_ERR_INVALID,
          structured ? "the option has another length" : "ask for structured replies first");
    }
    if (!has(wanted)) {
      return unknown(option, wanted);
    }
    context = set ? found : context;
    if (found) {
      byte[] own = Wire.utf8(Protocol.ALLOCATION);
      reply(
          option,
          Protocol.REP_META_CONTEXT,
          ByteBuffer.allocate(Integer.BYTES + own.length)
              .putInt(set ? CONTEXT : 0)
              .put(own)
              .array());
    }
    reply(option, Protocol.REP_ACK, new byte[0]);
    return false;
  }
}
