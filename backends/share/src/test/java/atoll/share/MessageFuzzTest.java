package atoll.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages at random, by seed: mostly well-formed and of few names and numbers, so that much is
 * done, and some damaged. Each has an answer with its tag; nothing outside the folder changes, no
 * defect is reported, and no descriptor is left.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessageFuzzTest {
  private static final int ROUNDS = 60_000;
  private static final int FIDS = 24;

  /** Of the fields behind a header: numbers, texts, and a type as an odd one. */
  private static final String[][] FIELDS = {
    {"8", "fid"},
    {"12", "fid", "flags"},
    {"14", "fid", "name", "flags", "mode", "i32"},
    {"16", "fid", "name", "name", "i32"},
    {"18", "fid", "name", "mode", "i32", "i32", "i32"},
    {"20", "fid", "fid", "name"},
    {"22", "fid"},
    {"24", "fid", "i64"},
    {"26", "fid", "valid", "mode", "i32", "i32", "size", "i64", "size", "i64", "size"},
    {"30", "fid", "fid", "attribute"},
    {"32", "fid", "attribute", "size", "small"},
    {"40", "fid", "size", "count"},
    {"50", "fid", "small"},
    {"52", "fid", "u8", "small", "size", "size", "small", "name"},
    {"54", "fid", "u8", "size", "size", "small", "name"},
    {"70", "fid", "fid", "name"},
    {"70", "fid", "fid", "name"},
    {"70", "fid", "fid", "name"},
    {"72", "fid", "name", "mode", "i32"},
    {"74", "fid", "name", "fid", "name"},
    {"76", "fid", "name", "removal"},
    {"104", "fid", "i32", "name", "name", "i32"},
    {"108", "u16"},
    {"110", "fid", "fid", "names"},
    {"110", "fid", "fid", "names"},
    {"110", "fid", "fid", "names"},
    {"116", "fid", "size", "count"},
    {"118", "fid", "size", "data"},
    {"120", "fid"},
    {"122", "fid"},
  };

  private static final String[] NAMES = {
    "a", "b", "c", "dir", "link", "..", ".", "", "a/b", "../outside", "/etc", "pipe", "\u00fe"
  };
  private static final int[] MODES = {0600, 0777, 0, 0100644, 0040755, 0010600, 0020600, 0140600};

  @TempDir Path temporary;
  private Random random;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyMessageHasAnAnswerAndNothingOutsideChanges(long seed) throws IOException {
    random = new Random(seed);
    Path folder = Files.createDirectory(temporary.resolve("share"));
    Path outside = Files.writeString(temporary.resolve("outside"), "untouched");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("../outside"));
    List<String> reports = new ArrayList<>();
    long before = descriptors();
    int[] answers = new int[256];
    try (SharedFolder share = SharedFolder.open(folder, "work", false, reports::add)) {
      new NinePClient(share).start();
      for (int round = 0; round < ROUNDS; round++) {
        if (rarely(2000)) {
          new NinePClient(share).start();
        }
        answers[exchange(share)]++;
      }
    }
    assertThat(reports).isEmpty();
    assertThat(outside).hasContent("untouched");
    try (var beside = Files.list(temporary)) {
      assertThat(beside.count()).isEqualTo(2);
    }
    assertThat(descriptors()).isLessThan(before + 5);
    // It got through: each kind of answer was given.
    for (String[] message : FIELDS) {
      int type = Integer.parseInt(message[0]);
      assertThat(answers[type + 1]).as("answers to " + type).isPositive();
    }
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  /** Returns the type of the answer. */
  private int exchange(SharedFolder share) {
    ByteBuffer request = share.request();
    int type = message(request);
    int tag = request.getShort(5) & 0xffff;
    if (rarely(20)) {
      damage(request);
    }
    int room = rarely(10) ? 11 + random.nextInt(200) : 70_000;
    ByteBuffer answer = share.answer(room);
    assertThat(answer.remaining()).isBetween(7, room);
    assertThat(answer.getInt(0)).isEqualTo(answer.remaining());
    int answered = answer.get(4) & 0xff;
    assertThat(answer.getShort(5) & 0xffff).isEqualTo(tag);
    assertThat(answered).isIn(7, type + 1);
    return answered;
  }

  private int message(ByteBuffer request) {
    String[] fields = FIELDS[random.nextInt(FIELDS.length)];
    int type = Integer.parseInt(fields[0]);
    request.putInt(0).put((byte) type).putShort((short) random.nextInt(100));
    for (int i = 1; i < fields.length; i++) {
      field(request, fields[i]);
    }
    request.putInt(0, request.position());
    request.limit(request.position());
    return type;
  }

  private void field(ByteBuffer b, String kind) {
    switch (kind) {
      case "fid" -> b.putInt(rarely(50) ? random.nextInt() : random.nextInt(FIDS));
      case "flags" ->
          b.putInt(rarely(5) ? random.nextInt() : random.nextInt(4) | (rarely(4) ? 0200 : 0));
      case "mode" -> b.putInt(rarely(10) ? random.nextInt() : MODES[random.nextInt(MODES.length)]);
      case "i32" -> b.putInt(random.nextInt(-1, 3));
      case "i64" -> b.putLong(random.nextLong());
      case "valid" -> b.putInt(rarely(5) ? random.nextInt() & ~6 : 1 << random.nextInt(9) & ~6);
      case "size" -> b.putLong(rarely(10) ? random.nextLong() & 0xf_ffff : random.nextInt(100));
      case "small" -> b.putInt(random.nextInt(4));
      case "count" -> b.putInt(rarely(20) ? random.nextInt() : random.nextInt(5000));
      case "removal" -> b.putInt(random.nextBoolean() ? 0x200 : 0);
      case "u8" -> b.put((byte) random.nextInt(4));
      case "u16" -> b.putShort((short) random.nextInt());
      case "name" -> name(b);
      case "attribute" ->
          text(b, rarely(4) ? "" : rarely(4) ? "trusted.a" : "user.a" + random.nextInt(3));
      case "names" -> {
        int count = rarely(50) ? 20 : random.nextInt(4);
        b.putShort((short) count);
        for (int i = 0; i < count; i++) {
          name(b);
        }
      }
      case "data" -> {
        int size = random.nextInt(200);
        b.putInt(size).put(new byte[size]);
      }
      default -> throw new AssertionError(kind);
    }
  }

  private void name(ByteBuffer b) {
    text(b, rarely(200) ? "x".repeat(random.nextInt(300)) : NAMES[random.nextInt(NAMES.length)]);
  }

  private static void text(ByteBuffer b, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    b.putShort((short) bytes.length).put(bytes);
  }

  /** Bytes behind the header change, or the message is cut off or longer than it says. */
  private void damage(ByteBuffer request) {
    int size = request.limit();
    switch (random.nextInt(3)) {
      case 0 -> {
        for (int n = random.nextInt(4); n >= 0 && size > 7; n--) {
          request.put(7 + random.nextInt(size - 7), (byte) random.nextInt());
        }
      }
      case 1 -> request.limit(7 + random.nextInt(size - 6));
      default -> request.putInt(0, random.nextInt());
    }
  }

  private boolean rarely(int one) {
    return random.nextInt(one) == 0;
  }
}
