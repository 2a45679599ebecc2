package atoll.net;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Gives guests their addresses (RFC 2131): each port's own interface the one of its place, others
 * behind a port one of the rest.
 */
final class Dhcp {
  private static final int SERVER = 67;
  private static final int CLIENT = 68;
  private static final int UDP_HEADER = 8;

  // RFC 2131, §2: the message.
  private static final int XID = 4;
  private static final int FLAGS = 10;
  private static final int CLIENT_ADDRESS = 12;
  private static final int YOUR_ADDRESS = 16;
  private static final int SERVER_ADDRESS = 20;
  private static final int HARDWARE = 28;
  private static final int COOKIE = 236;
  private static final int OPTIONS = 240;
  private static final int LEAST_REPLY = 300; // As BOOTP relays and clients expect.
  private static final int MAGIC = 0x6382_5363;
  private static final int REQUEST_OF_ETHERNET = 0x0101_06;
  private static final int REPLY_TO_ETHERNET = 0x0201_0600;

  // RFC 2132.
  private static final int PAD = 0;
  private static final int MASK = 1;
  private static final int ROUTER = 3;
  private static final int NAMES = 6;
  private static final int MTU = 26;
  private static final int REQUESTED = 50;
  private static final int LEASE_TIME = 51;
  private static final int TYPE = 53;
  private static final int SERVER_ID = 54;
  private static final int END = 255;

  private static final int DISCOVER = 1;
  private static final int OFFER = 2;
  private static final int REQUEST = 3;
  private static final int ACK = 5;
  private static final int NAK = 6;
  private static final int INFORM = 8;

  private static final int USUAL_MTU = 1_500;

  private final UserGateway gateway;

  /**
   * The addresses of others than the ports' own interfaces; no guest takes all of them with made-up
   * interfaces.
   */
  private final Map<Long, Integer> others = new LinkedHashMap<>(16, 0.75f, true);

  private final Quota quota;

  /** What a client says. */
  private record Message(
      int type, long mac, int xid, int flags, int clientAddress, int requested, int server) {}

  Dhcp(UserGateway gateway) {
    this.gateway = gateway;
    quota =
        new Quota(
            UserAddresses.LAST_GUEST - UserAddresses.FIRST_GUEST, gateway.segment().ports()::size);
  }

  /** The address that a port's own interface is given. */
  IpAddress addressOf(NetworkPort port) {
    return IpAddress.v4(addressAt(gateway.segment().ports().indexOf(port)));
  }

  private static int addressAt(int place) {
    return UserAddresses.NETWORK_V4
        | UserAddresses.FIRST_GUEST + Math.min(place, UserAddresses.LAST_GUEST);
  }

  /** Takes a packet if it is for the server. */
  boolean input(IpPacket packet, NetworkPort from) {
    boolean ours =
        packet.v4
            && packet.protocol == IpPacket.UDP
            && !packet.fragment
            && packet.length >= UDP_HEADER + OPTIONS
            && packet.bytes.getInt(packet.payload) == (CLIENT << 16 | SERVER);
    if (ours && packet.intact()) {
      Message message = read(packet.bytes, packet.payload + UDP_HEADER, packet.length - UDP_HEADER);
      if (message != null) {
        answer(message, from);
      }
    }
    return ours;
  }

  private static Message read(ByteBuffer bytes, int at, int length) {
    if (bytes.getInt(at) >>> 8 != REQUEST_OF_ETHERNET || bytes.getInt(at + COOKIE) != MAGIC) {
      return null;
    }
    int type = 0;
    int requested = 0;
    int server = 0;
    int end = at + length;
    for (int option = at + OPTIONS; option < end && (bytes.get(option) & 0xff) != END; ) {
      int code = bytes.get(option) & 0xff;
      if (code == PAD) {
        option++;
        continue;
      }
      int size = option + 1 < end ? bytes.get(option + 1) & 0xff : end;
      if (option + 2 + size > end) {
        break; // Cut off.
      }
      if (code == TYPE && size == 1) {
        type = bytes.get(option + 2);
      } else if (code == REQUESTED && size == Integer.BYTES) {
        requested = bytes.getInt(option + 2);
      } else if (code == SERVER_ID && size == Integer.BYTES) {
        server = bytes.getInt(option + 2);
      }
      option += 2 + size;
    }
    return new Message(
        type,
        bytes.getLong(at + HARDWARE) >>> Short.SIZE,
        bytes.getInt(at + XID),
        bytes.getShort(at + FLAGS) & 0xffff,
        bytes.getInt(at + CLIENT_ADDRESS),
        requested,
        server);
  }

  private void answer(Message message, NetworkPort from) {
    if (MacAddress.isGroup(message.mac) || message.mac == 0) {
      return;
    }
    int given = addressFor(message.mac, from);
    switch (message.type) {
      case DISCOVER -> {
        if (given != 0) {
          reply(message, OFFER, given, from);
        }
      }
      case REQUEST -> request(message, given, from);
      case INFORM -> reply(message, ACK, 0, from);
      default -> {} // RELEASE and DECLINE: the address is kept for that client.
    }
  }

  private void request(Message message, int given, NetworkPort from) {
    int ours = gateway.addresses().gateway().bits();
    if (message.server != 0 && message.server != ours) {
      return; // Another server's offer was taken.
    }
    int wanted = message.requested != 0 ? message.requested : message.clientAddress;
    if (given != 0 && wanted == given) {
      Neighbour ignored = gateway.learn(0, IpAddress.mapped(given), message.mac, from);
      reply(message, ACK, given, from);
    } else {
      reply(message, NAK, 0, from);
    }
  }

  /** The address of whoever asks, or 0 if there is none left. */
  private int addressFor(long mac, NetworkPort from) {
    int ports = gateway.segment().ports().size();
    if (mac == from.mac()) {
      return addressOf(from).bits();
    }
    Integer known = others.get(mac);
    if (known != null) {
      return known;
    }
    if (!quota.mayTake(from, 1)) {
      return 0;
    }
    int first = UserAddresses.FIRST_GUEST + ports;
    int address =
        IntStream.rangeClosed(first, UserAddresses.LAST_GUEST)
            .map(host -> UserAddresses.NETWORK_V4 | host)
            .filter(free -> !others.containsValue(free))
            .findFirst()
            .orElse(0);
    if (address != 0) {
      others.put(mac, address);
      quota.take(from, 1);
    }
    return address;
  }

  private void reply(Message message, int type, int given, NetworkPort to) {
    boolean broadcast = (message.flags & 0x8000) != 0 || type == NAK;
    int target = given != 0 ? given : message.clientAddress;
    boolean named = !broadcast && target != 0;
    IpAddress address = IpAddress.v4(named ? target : -1);
    IpAddress ours = gateway.addresses().gateway();
    PacketWriter writer = gateway.writer();
    int udp =
        writer.begin(broadcast ? MacAddress.BROADCAST : message.mac, ours, address, IpPacket.UDP);
    ByteBuffer bytes = writer.bytes();
    int at = udp + UDP_HEADER;
    bytes.put(at, new byte[OPTIONS]);
    bytes.putInt(at, REPLY_TO_ETHERNET);
    bytes.putInt(at + XID, message.xid);
    bytes.putShort(at + FLAGS, (short) message.flags);
    bytes.putInt(at + CLIENT_ADDRESS, type == NAK ? 0 : message.clientAddress);
    bytes.putInt(at + YOUR_ADDRESS, given);
    bytes.putInt(at + SERVER_ADDRESS, ours.bits());
    bytes.putLong(at + HARDWARE, message.mac << Short.SIZE);
    bytes.putInt(at + COOKIE, MAGIC);
    int end = options(bytes.position(at + OPTIONS), type, given);
    bytes.clear();
    finish(udp, Math.max(end - at, LEAST_REPLY) + UDP_HEADER, end, address, to);
  }

  private int options(ByteBuffer into, int type, int given) {
    UserAddresses addresses = gateway.addresses();
    into.put((byte) TYPE).put((byte) 1).put((byte) type);
    option(into, SERVER_ID, addresses.gateway().bits());
    if (type != NAK) {
      if (given != 0) {
        option(into, LEASE_TIME, UserAddresses.LEASE);
      }
      option(into, MASK, UserAddresses.MASK_V4);
      if (!gateway.settings().restrict()) {
        option(into, ROUTER, addresses.gateway().bits());
        option(into, NAMES, addresses.names(true).bits());
      }
      if (gateway.mtu() != USUAL_MTU) {
        into.put((byte) MTU).put((byte) Short.BYTES).putShort((short) gateway.mtu());
      }
    }
    into.put((byte) END);
    return into.position();
  }

  private static void option(ByteBuffer into, int code, int value) {
    into.put((byte) code).put((byte) Integer.BYTES).putInt(value);
  }

  private void finish(int udp, int length, int end, IpAddress to, NetworkPort port) {
    PacketWriter writer = gateway.writer();
    ByteBuffer bytes = writer.bytes();
    for (int pad = end; pad < udp + length; pad++) {
      bytes.put(pad, (byte) 0);
    }
    bytes.putInt(udp, SERVER << 16 | CLIENT).putInt(udp + 4, length << 16);
    long sum = writer.pseudo(gateway.addresses().gateway(), to, length);
    bytes.putShort(udp + 6, Checksum.ofUdp(sum + Checksum.sum(bytes, udp, length)));
    port.send(writer.end(length));
  }
}
