package atoll.share;

import static atoll.share.NinePClient.ROOT;
import static atoll.share.NinePClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.FileCalls;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a shared folder refuses: numbers, messages, locks and attributes have bounds, and the way up
 * ends at the root.
 */
@EnabledOnOs(OS.LINUX)
class ShareLimitsTest extends SharedFolderFixture {
  private static final int EROFS = 30;
  private static final int ENODATA = 61;
  private static final int EPROTO = 71;
  private static final int EMSGSIZE = 90;
  private static final int WRITE_ONLY = 1;

  @Test
  void noOtherProtocolIsAgreedOnAndNothingGoesBeforeThat() {
    share.reset();
    assertThat(client.fails(110, b -> b.putInt(0).putInt(1).putShort((short) 0))).isEqualTo(EPROTO);
    for (String other : List.of("9P2000", "9P2000.u", "9P2000.L2", "")) {
      ByteBuffer body = client.ok(100, b -> text(b.putInt(8192), other));
      assertThat(body.getInt()).isEqualTo(8192);
      assertThat(new NinePClient.Answer(0, body).text()).isEqualTo("unknown");
    }
    assertThat(client.fails(100, b -> text(b.putInt(100), "9P2000.L"))).isEqualTo(EMSGSIZE);
    ByteBuffer body = client.ok(100, b -> text(b.putInt(-1), "9P2000.L"));
    assertThat(body.getInt()).isEqualTo(256 << 10);
    assertThat(new NinePClient.Answer(0, body).text()).isEqualTo("9P2000.L");
  }

  @Test
  void usersAttributesAreKeptWhereTheHostHasThem() throws IOException {
    Files.writeString(at("f"), "");
    int file = client.walk("f");
    assumeTrue(set(file, "user.color", "red", 0) == 0, "the file system has no user attributes");
    assertThat(value(file, "user.color")).isEqualTo("red");
    assertThat(value(file, "")).isEqualTo("user.color\0");
    assertThat(set(file, "user.color", "blue", 1)).isEqualTo(EEXIST); // XATTR_CREATE
    assertThat(set(file, "user.none", "x", 2)).isEqualTo(ENODATA); // XATTR_REPLACE
    assertThat(set(file, "user.empty", "", 0)).isZero();
    assertThat(value(file, "user.empty")).isEmpty();
    assertThat(set(file, "user.color", "", 2)).isZero(); // Linux's removexattr
    assertThat(client.fails(30, b -> text(b.putInt(file).putInt(70), "user.color")))
        .isEqualTo(ENODATA);
    for (String other : List.of("security.capability", "trusted.x", "system.posix_acl_access")) {
      assertThat(client.fails(30, b -> text(b.putInt(file).putInt(70), other)))
          .isEqualTo(EOPNOTSUPP);
      int fid = client.walk("f");
      assertThat(client.fails(32, b -> text(b.putInt(fid), other).putLong(1).putInt(0)))
          .isEqualTo(EOPNOTSUPP);
    }
  }

  private int set(int file, String name, String value, int flags) {
    int fid = client.walkFrom(file);
    client.ok(32, b -> text(b.putInt(fid), name).putLong(value.length()).putInt(flags));
    if (!value.isEmpty()) {
      client.write(fid, 0, value);
    }
    return client.call(120, b -> b.putInt(fid)).error();
  }

  private String value(int file, String name) {
    int fid = client.newFid();
    long size = client.ok(30, b -> text(b.putInt(file).putInt(fid), name)).getLong();
    String value = client.read(fid, 0, 1000);
    assertThat(value).hasSize((int) size);
    client.clunk(fid);
    return value;
  }

  @Test
  void attributesThatAreBeingWrittenHaveABound() throws IOException {
    Files.writeString(at("f"), "");
    int refused = 0;
    for (int n = 0; n < 100; n++) {
      int fid = client.walk("f");
      refused +=
          client.call(32, b -> text(b.putInt(fid), "user.a").putLong(60_000).putInt(0)).error() == 0
              ? 0
              : 1;
    }
    assertThat(refused).isGreaterThan(50);
    int fid = client.walk("f");
    assertThat(client.fails(32, b -> text(b.putInt(fid), "user.a").putLong(1 << 20).putInt(0)))
        .isEqualTo(7); // E2BIG
  }

  @Test
  void locksExcludeOtherOwnersOnly() {
    int fid = client.create("f", READ_WRITE, 0600);
    int other = client.walk("f");
    client.open(other, READ_WRITE);
    assertThat(lock(fid, 1, 10, 10, 1)).isZero();
    assertThat(lock(other, 1, 0, 5, 2)).isZero();
    assertThat(lock(other, 0, 19, 1, 2)).isEqualTo(1); // blocked
    assertThat(lock(other, 1, 19, 1, 1)).isZero(); // the owner's own
    ByteBuffer found = getLock(other, 0, 0, 0, 3);
    assertThat(found.get()).isEqualTo((byte) 1);
    assertThat(found.getLong()).isIn(0L, 10L);
    assertThat(lock(fid, 2, 12, 2, 1)).isZero(); // unlocks in the middle
    assertThat(lock(other, 1, 12, 2, 2)).isZero();
    assertThat(lock(other, 1, 11, 1, 2)).isEqualTo(1);
    assertThat(lock(other, 1, 14, 1, 2)).isEqualTo(1);
    client.clunk(fid);
    client.clunk(other);
    int third = client.walk("f");
    client.open(third, 0);
    assertThat(lock(third, 1, 0, 0, 9)).isZero();
    assertThat(getLock(third, 1, 0, 0, 9).get()).isEqualTo((byte) 2); // nothing in the way
    assertThat(client.fails(52, lockOf(third, 7, 0, 0, 9))).isEqualTo(EINVAL);
    assertThat(client.fails(52, lockOf(third, 1, -1, 0, 9))).isEqualTo(EINVAL);
    assertThat(client.fails(52, lockOf(third, 1, Long.MAX_VALUE, 2, 9))).isEqualTo(EINVAL);
  }

  private ByteBuffer getLock(int fid, int kind, long start, long length, int process) {
    return client.ok(
        54,
        b ->
            text(
                b.putInt(fid).put((byte) kind).putLong(start).putLong(length).putInt(process),
                "guest"));
  }

  @Test
  void locksHaveABound() {
    int fid = client.create("f", READ_WRITE, 0600);
    int refused = 0;
    for (int n = 0; n < 5000; n++) {
      refused += client.call(52, lockOf(fid, 1, 2L * n, 1, 1)).error() == 37 ? 1 : 0; // ENOLCK
    }
    assertThat(refused).isEqualTo(5000 - 4096);
  }

  @Test
  void aShareThatIsOnlyReadRefusesEveryChange() throws IOException {
    Files.writeString(at("f"), "kept");
    Files.createDirectory(at("d"));
    Files.writeString(at("d/f"), "kept");
    String before = listing();
    try (SharedFolder reading = SharedFolder.open(folder, "ro", true, reports::add)) {
      NinePClient other = new NinePClient(reading).start();
      int f = other.walk("f");
      for (int flags : new int[] {WRITE_ONLY, READ_WRITE, TRUNCATE}) {
        assertThat(other.fails(12, b -> b.putInt(f).putInt(flags))).isEqualTo(EROFS);
      }
      int d = other.walk("d");
      assertThat(other.fails(14, b -> text(b.putInt(d), "x").putInt(2).putInt(0600).putInt(0)))
          .isEqualTo(EROFS);
      assertThat(other.fails(26, other.setting(f, 0x1ff, 0600, 0, 0))).isEqualTo(EROFS);
      assertThat(other.fails(72, b -> text(b.putInt(d), "x").putInt(0600).putInt(0)))
          .isEqualTo(EROFS);
      assertThat(other.fails(18, b -> node(b, "x", 0100600))).isEqualTo(EROFS);
      assertThat(other.fails(16, b -> text(text(b.putInt(d), "x"), "y").putInt(0)))
          .isEqualTo(EROFS);
      assertThat(other.fails(70, b -> text(b.putInt(d).putInt(f), "x"))).isEqualTo(EROFS);
      assertThat(other.fails(20, b -> text(b.putInt(f).putInt(d), "x"))).isEqualTo(EROFS);
      assertThat(other.fails(74, b -> text(text(b.putInt(ROOT), "f").putInt(d), "x")))
          .isEqualTo(EROFS);
      assertThat(other.fails(76, b -> text(b.putInt(ROOT), "f").putInt(0))).isEqualTo(EROFS);
      assertThat(other.fails(32, b -> text(b.putInt(f), "user.x").putLong(1).putInt(0)))
          .isEqualTo(EROFS);
      other.open(f, 0);
      assertThat(other.fails(118, b -> b.putInt(f).putLong(0).putInt(1).put((byte) 1)))
          .isEqualTo(EROFS);
      assertThat(other.read(f, 0, 10)).isEqualTo("kept");
      assertThat(other.fails(122, b -> b.putInt(d))).isEqualTo(EROFS);
    }
    assertThat(listing()).isEqualTo(before);
  }

  private String listing() throws IOException {
    StringBuilder all = new StringBuilder();
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted().toList()) {
        all.append(file)
            .append(Files.readAttributes(file, "unix:mode,lastModifiedTime,size,nlink"));
      }
    }
    return all.toString();
  }

  @Test
  void flushIsAnsweredAndWhatIsUnknownRefused() {
    client.ok(108, b -> b.putShort((short) 5));
    for (int type : new int[] {0, 2, 6, 7, 13, 60, 102, 106, 112, 114, 124, 126, 255}) {
      assertThat(client.fails(type, b -> b.putInt(0))).isEqualTo(EOPNOTSUPP);
    }
  }

  @Test
  void aMessageShorterThanItsFieldsIsRefused() {
    assertThat(client.fails(12, b -> b.putInt(ROOT))).isEqualTo(EINVAL);
    assertThat(client.fails(110, b -> b.putInt(ROOT).putInt(1).putShort((short) 9)))
        .isEqualTo(EINVAL);
    share.request().putInt(500).put((byte) 120).putShort((short) 1).flip();
    share.request().limit(7);
    assertThat(client.answer(100).error()).isEqualTo(EMSGSIZE);
  }

  @Test
  void anAnswerThatHasNoRoomIsAnErrorAndAReadIsShorter() throws IOException {
    Files.writeString(at("f"), "0123456789");
    int fid = client.walk("f");
    client.open(fid, 0);
    ByteBuffer request = share.request().putInt(23).put((byte) 116).putShort((short) 1);
    request.putInt(fid).putLong(0).putInt(10).flip();
    NinePClient.Answer read = client.answer(15);
    assertThat(read.type()).isEqualTo(117);
    assertThat(read.body().getInt()).isEqualTo(4);
    request = share.request().putInt(19).put((byte) 24).putShort((short) 1);
    request.putInt(fid).putLong(-1).flip();
    assertThat(client.answer(11).error()).isEqualTo(105); // ENOBUFS
  }

  @Test
  void aSharesNumbersHaveABound() throws IOException {
    Files.writeString(at("f"), "");
    int refused = 0;
    for (int fid = 1; fid <= 70_000 && refused == 0; fid++) {
      refused = client.tryWalk(ROOT, fid, "f").error();
    }
    assertThat(refused).isEqualTo(23); // ENFILE
    client.start();
    client.walk("f");
  }

  @Test
  void theWayUpEndsAtTheRoot() throws IOException {
    Files.createDirectories(at("a/b"));
    Files.createSymbolicLink(at("a/up"), Path.of("../.."));
    long root = client.details(ROOT).path();
    assertThat(client.details(client.walk("..", "..", "..")).path()).isEqualTo(root);
    int b = client.walk("a", "b");
    assertThat(client.details(client.walkFrom(b, "..", "..", "..", "..")).path()).isEqualTo(root);
    assertThat(client.tryWalk(ROOT, 99, "a", "up", "..").error()).isZero();
    assertThat(client.tryWalk(ROOT, 99, "a", "up", "..").body().getShort()).isEqualTo((short) 2);
    int fid = client.walk();
    client.open(fid, 0);
    ByteBuffer body = client.ok(40, m -> m.putInt(fid).putLong(0).putInt(1000));
    int size = body.getInt();
    for (int end = body.position() + size; body.position() < end; ) {
      body.get();
      body.getInt();
      long path = body.getLong();
      body.getLong();
      body.get();
      if (new NinePClient.Answer(0, body).text().equals("..")) {
        assertThat(path).isEqualTo(root);
      }
    }
  }

  @Test
  void theWayUpFromAFolderThatWasMovedOutLeadsNowhere(@TempDir Path outside) throws IOException {
    Files.createDirectories(at("a/b"));
    int b = client.walk("a", "b");
    Files.move(at("a/b"), outside.resolve("b"));
    assertThat(client.tryWalk(b, 99, "..").error()).isEqualTo(ENOENT);
    Files.createDirectory(at("near"));
    Path beside = folder.resolveSibling(folder.getFileName() + "-beside");
    int near = client.walk("near");
    Files.move(at("near"), beside); // Its path begins like the share's.
    assertThat(client.tryWalk(near, 99, "..").error()).isEqualTo(ENOENT);
    Files.delete(beside);
  }

  @Test
  void whatCannotBeSharedIsRefusedInASentence() throws IOException {
    assumeTrue(FileCalls.ofHost().isPresent());
    Files.writeString(at("file"), "");
    assertThatThrownBy(() -> SharedFolder.open(at("missing"), "x", false, reports::add))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("does not exist; make it with: mkdir");
    assertThatThrownBy(() -> SharedFolder.open(at("file"), "x", false, reports::add))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("is no folder");
  }

  @Test
  void nothingStaysOpen() throws IOException {
    long before = descriptors();
    Files.createDirectories(at("a/b/c"));
    for (int round = 0; round < 50; round++) {
      client.start();
      client.create("f" + round, READ_WRITE, 0600, "a");
      client.walk("a", "b", "c", "..", "..");
      client.tryWalk(ROOT, 99, "a", "b", "no");
      client.tryWalk(ROOT, 99, "no");
      client.ok(72, b -> text(b.putInt(ROOT), "d" + b.position()).putInt(0755).putInt(0));
      client.call(14, b -> text(b.putInt(ROOT), "a").putInt(2).putInt(0600).putInt(0));
      int fid = client.walk("a", "f" + round);
      client.call(20, b -> text(b.putInt(fid).putInt(ROOT), "g" + b.position()));
      client.call(122, b -> b.putInt(fid));
      Files.deleteIfExists(at("d11"));
    }
    share.reset();
    assertThat(descriptors()).isLessThan(before + 5);
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
