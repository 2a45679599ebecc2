package atoll.debug;

import atoll.vmm.MachineDebug.AddressKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The packets by which a debugger asks what there is ({@code q}), and sets how it is ({@code Q}).
 */
final class QueryPackets {
  private static final String OK = "OK";
  private static final String UNKNOWN = "";
  private static final String ERROR = "E01";
  private static final String FEATURES =
      "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+;multiprocess+;swbreak+;hwbreak+"
          .formatted(Packets.LONGEST);

  /** {@code Xfer:OBJECT:read:ANNEX:OFFSET,LENGTH}. */
  private static final Pattern TRANSFER =
      Pattern.compile("Xfer:([a-z-]+):read:([^:]*):([0-9a-fA-F]{1,8}),([0-9a-fA-F]{1,8})");

  private static final Pattern WORD = Pattern.compile("[^:;,]*");
  private static final String PHYSICAL = "qemu.PhyMemMode";

  private final GdbSession session;
  private final MonitorCommands monitor;

  /** What is being read in pieces, from its first piece on. */
  private byte[] document = {};

  QueryPackets(GdbSession session) {
    this.session = session;
    monitor = new MonitorCommands(session);
  }

  /** What is behind the {@code q}. */
  String query(String text) throws InterruptedException {
    return switch (word(text)) {
      case "Supported" -> supported(text);
      case "Xfer" -> transfer(text);
      case "fThreadInfo" -> threads();
      case "sThreadInfo" -> "l";
      case "ThreadExtraInfo" -> extra(text);
      case "CRC" -> session.access().checkSum(behind(text, ':'));
      case "C" -> "QC" + session.threadName(session.general(), session.hart());
      case "Attached" -> "1"; // gdb leaves it running when it ends
      case "Symbol" -> OK; // none is needed
      case "Offsets" -> "Text=0;Data=0;Bss=0";
      case "Rcmd" -> command(text);
      case PHYSICAL -> session.access().addresses() == AddressKind.PHYSICAL ? "1" : "0";
      default -> UNKNOWN;
    };
  }

  /** What is behind the {@code Q}. */
  String set(String text) {
    return switch (word(text)) {
      case "StartNoAckMode" -> {
        session.packets().stopAcknowledging();
        yield OK;
      }
      case PHYSICAL -> {
        boolean physical = text.endsWith(":1");
        session.access().addresses(physical ? AddressKind.PHYSICAL : AddressKind.VIRTUAL);
        yield OK;
      }
      default -> UNKNOWN;
    };
  }

  private static String word(String text) {
    Matcher word = WORD.matcher(text);
    return word.lookingAt() ? word.group() : "";
  }

  /** What is behind the first of a character. */
  private static String behind(String text, char separator) {
    return text.substring(text.indexOf(separator) + 1);
  }

  private String supported(String text) {
    session.knows(Arrays.asList(behind(text, ':').split(";")));
    return FEATURES;
  }

  // ------------------------------------------------------------ documents

  private String transfer(String text) {
    Matcher parts = TRANSFER.matcher(text);
    if (!parts.matches()) {
      return UNKNOWN;
    }
    int offset = Integer.parseUnsignedInt(parts.group(3), 16);
    int length = Integer.parseUnsignedInt(parts.group(4), 16);
    if (offset < 0 || length < 0) {
      return ERROR;
    }
    if (offset == 0) {
      Optional<String> made = document(parts.group(1), parts.group(2));
      if (made.isEmpty()) {
        return "E00";
      }
      document = made.get().getBytes(StandardCharsets.UTF_8);
    }
    int from = Math.min(offset, document.length);
    int most = Math.min(length, Packets.LONGEST / 2);
    int until = (int) Math.min((long) from + most, document.length);
    String part = new String(document, from, until - from, StandardCharsets.ISO_8859_1);
    return (until == document.length ? "l" : "m") + part;
  }

  private Optional<String> document(String object, String annex) {
    return object.equals("features") && annex.equals("target.xml")
        ? Optional.of(RegisterNumbers.description(session.life().csrs(session.hart())))
        : Optional.empty();
  }

  // ------------------------------------------------------------ threads

  private String threads() {
    String all =
        session.inferiors().stream()
            .filter(Inferior::attached)
            .flatMap(inferior ->
                IntStream.range(0, inferior.target().harts())
                    .mapToObj(hart -> session.threadName(inferior, hart)))
            .collect(Collectors.joining(","));
    return all.isEmpty() ? "l" : "m" + all;
  }

  private String extra(String text) {
    return ThreadId.parse(behind(text, ','))
        .flatMap(session::find)
        .map(thread ->
            Hex.of(
                "%s hart %d: %s"
                    .formatted(
                        thread.inferior().target().name(),
                        thread.hart(),
                        session.condition(thread.inferior(), thread.hart()))))
        .orElse(ERROR);
  }

  // ------------------------------------------------------------ commands

  /** What it prints goes before the reply, in pieces that fit. */
  private String command(String text) throws InterruptedException {
    Optional<byte[]> typed = Hex.bytes(behind(text, ','));
    if (typed.isEmpty()) {
      return ERROR;
    }
    String printed = monitor.perform(new String(typed.get(), StandardCharsets.UTF_8));
    byte[] bytes = printed.getBytes(StandardCharsets.UTF_8);
    int most = Packets.LONGEST / 2 - 1;
    for (int from = 0; from < bytes.length; from += most) {
      int until = Math.min(bytes.length, from + most);
      session.packets().send("O" + Hex.of(Arrays.copyOfRange(bytes, from, until)));
    }
    return OK;
  }
}
