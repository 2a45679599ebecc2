package atoll.nbd;

import static atoll.nbd.ProtocolException.require;

import atoll.line.TlsLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Agrees with a server on an export and on how it is used. Used once. */
final class ClientHandshake {
  private static final int REPLY_MOST = 64 << 10;
  private static final int REPLIES_MOST = 10_000;
  private static final int NAMES_SHOWN = 10;

  private final Wire wire;
  private final NbdAddress address;
  private boolean zeroes = true;
  private boolean structured;
  private int allocation = NbdConnection.NO_CONTEXT;

  ClientHandshake(Wire wire, NbdAddress address) {
    this.wire = wire;
    this.address = address;
  }

  /** A reply to an option. */
  private record Reply(int type, ByteBuffer data) {
    boolean error() {
      return (type & Protocol.REP_ERROR) != 0;
    }

    /** What a server says with an error. */
    String words() {
      String said = Wire.text(data.duplicate(), data.remaining()).strip();
      return said.isEmpty() ? "" : ": " + said;
    }
  }

  /**
   * Begins.
   *
   * @param host for TLS
   */
  NbdConnection perform(String host, int port) throws IOException {
    greet();
    if (address.tls().isPresent()) {
      startTls(new TlsContext(address.tls().get()), host, port);
    }
    structured = accepted(Protocol.OPT_STRUCTURED_REPLY, new byte[0]);
    if (structured) {
      chooseContext();
    }
    ExportInfo info = enter();
    return new NbdConnection(wire, info, structured, allocation);
  }

  private void greet() throws IOException {
    require(wire.int64() == Protocol.MAGIC, "this is no NBD server");
    long magic = wire.int64();
    require(magic != Protocol.OLDSTYLE_MAGIC, "it has the old handshake, without names");
    require(magic == Protocol.OPTION_MAGIC, "this is no NBD server");
    int flags = wire.uint16();
    require((flags & Protocol.FIXED_NEWSTYLE) != 0, "it has an old handshake, before 2013");
    zeroes = (flags & Protocol.NO_ZEROES) == 0;
    wire.put32(flags & (Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES)).flush();
  }

  private void startTls(TlsContext context, String host, int port) throws IOException {
    ask(Protocol.OPT_STARTTLS, new byte[0]);
    Reply reply = reply(Protocol.OPT_STARTTLS);
    if (reply.type != Protocol.REP_ACK) {
      throw new IOException("its server does not use TLS; begin the address with nbd, not nbds");
    }
    wire.upgrade(line -> new TlsLine(line, context.client(host, port)));
  }

  private void ask(int option, byte[] data) throws IOException {
    wire.put64(Protocol.OPTION_MAGIC).put32(option).put32(data.length).put(data).flush();
  }

  private Reply reply(int option) throws IOException {
    require(wire.int64() == Protocol.OPTION_REPLY_MAGIC, "no reply to an option");
    int to = wire.int32();
    require(to == option, "a reply to option %d, not %d".formatted(to, option));
    int type = wire.int32();
    long length = wire.uint32();
    require(length <= REPLY_MOST, "a reply to an option of %d bytes".formatted(length));
    Reply reply = new Reply(type, wire.bytes((int) length));
    if (type == Protocol.REP_ERR_TLS_REQD) {
      throw new IOException("its server wants TLS; begin the address with nbds");
    }
    return reply;
  }

  /** Whether the server agrees to an option without results. */
  private boolean accepted(int option, byte[] data) throws IOException {
    ask(option, data);
    return reply(option).type == Protocol.REP_ACK;
  }

  private byte[] named(int further) {
    byte[] name = Wire.utf8(address.export());
    return ByteBuffer.allocate(Integer.BYTES + name.length + further)
        .putInt(name.length)
        .put(name)
        .array();
  }

  /** A server that has no such thing, or not for this export, says so. */
  private void chooseContext() throws IOException {
    byte[] wanted = Wire.utf8(Protocol.ALLOCATION);
    byte[] query = named(2 * Integer.BYTES + wanted.length);
    ByteBuffer.wrap(query)
        .position(query.length - wanted.length - 2 * Integer.BYTES)
        .putInt(1)
        .putInt(wanted.length)
        .put(wanted);
    ask(Protocol.OPT_SET_META_CONTEXT, query);
    for (int n = 0; n < REPLIES_MOST; n++) {
      Reply reply = reply(Protocol.OPT_SET_META_CONTEXT);
      if (reply.type != Protocol.REP_META_CONTEXT) {
        return;
      }
      require(reply.data.remaining() > Integer.BYTES, "a context without a name");
      int id = reply.data.getInt();
      if (Wire.text(reply.data, reply.data.remaining()).equals(Protocol.ALLOCATION)) {
        require(id != NbdConnection.NO_CONTEXT, "a context with number -1");
        allocation = id;
      }
    }
    throw new ProtocolException("more than %d contexts".formatted(REPLIES_MOST));
  }

  private ExportInfo enter() throws IOException {
    byte[] choice = named(2 * Short.BYTES);
    ByteBuffer.wrap(choice)
        .position(choice.length - 2 * Short.BYTES)
        .putShort((short) 1)
        .putShort((short) Protocol.INFO_BLOCK_SIZE);
    ask(Protocol.OPT_GO, choice);
    Offer offer = new Offer();
    for (int n = 0; n < REPLIES_MOST; n++) {
      Reply reply = reply(Protocol.OPT_GO);
      if (reply.type == Protocol.REP_ACK) {
        return offer.info();
      }
      if (reply.type == Protocol.REP_ERR_UNSUP) {
        return enterByName();
      }
      if (reply.error()) {
        throw refused(reply);
      }
      if (reply.type == Protocol.REP_INFO) {
        offer.take(reply.data);
      }
    }
    throw new ProtocolException("more than %d facts of an export".formatted(REPLIES_MOST));
  }

  private IOException refused(Reply reply) throws IOException {
    if (reply.type == Protocol.REP_ERR_UNKNOWN) {
      return new IOException(
          "its server has no export '%s'%s".formatted(address.export(), alternatives()));
    }
    return new IOException("its server refuses it%s".formatted(reply.words()));
  }

  /** What a server collects of what it is asked for. */
  private static final class Offer {
    private long size = -1;
    private int flags;
    private int least = 1;
    private long most = Protocol.PAYLOAD_MOST;

    void take(ByteBuffer fact) throws ProtocolException {
      require(fact.remaining() >= Short.BYTES, "a fact without a type");
      switch (fact.getShort() & 0xffff) {
        case Protocol.INFO_EXPORT -> {
          require(fact.remaining() == Long.BYTES + Short.BYTES, "a size in a wrong form");
          size = fact.getLong();
          flags = fact.getShort() & 0xffff;
        }
        case Protocol.INFO_BLOCK_SIZE -> {
          require(fact.remaining() == 3 * Integer.BYTES, "block sizes in a wrong form");
          least = fact.getInt();
          most = fact.getInt(fact.position() + Integer.BYTES) & 0xffff_ffffL;
        }
        default -> {}
      }
    }

    ExportInfo info() throws ProtocolException {
      require(size >= 0, "an export without a size");
      try {
        return new ExportInfo(size, flags, least, (int) Math.min(most, Protocol.PAYLOAD_MOST));
      } catch (IllegalArgumentException e) {
        throw new ProtocolException(e.getMessage());
      }
    }
  }

  /** As it was before GO: a server that does not have it closes the connection. */
  private ExportInfo enterByName() throws IOException {
    ask(Protocol.OPT_EXPORT_NAME, Wire.utf8(address.export()));
    if (!wire.await()) {
      throw new IOException("its server has no export '%s'".formatted(address.export()));
    }
    Offer offer = new Offer();
    offer.size = wire.int64();
    offer.flags = wire.uint16();
    if (zeroes) {
      wire.skip(Protocol.ZEROES);
    }
    return offer.info();
  }

  private String alternatives() throws IOException {
    List<String> names = new ArrayList<>();
    ask(Protocol.OPT_LIST, new byte[0]);
    for (int n = 0; n < REPLIES_MOST; n++) {
      Reply reply = reply(Protocol.OPT_LIST);
      if (reply.type != Protocol.REP_SERVER) {
        break;
      }
      require(reply.data.remaining() >= Integer.BYTES, "an export in a wrong form");
      int length = reply.data.getInt();
      require(length >= 0 && length <= reply.data.remaining(), "an export in a wrong form");
      names.add("'" + Wire.text(reply.data, length) + "'");
    }
    if (names.isEmpty()) {
      return "";
    }
    String shown = String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
    return ", only %s%s".formatted(shown, names.size() > NAMES_SHOWN ? " and more" : "");
  }
}
