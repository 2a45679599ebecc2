package atoll.share;

import static atoll.share.NinePClient.ROOT;
import static atoll.share.NinePClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.share.NinePClient.Details;
import atoll.share.NinePClient.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * What a guest can do with a folder by the messages of 9P2000.L. One file, though long, since each
 * test is a few messages of one client.
 */
@EnabledOnOs(OS.LINUX)
class SharedFolderTest extends SharedFolderFixture {
  private static final int EPERM = 1;
  private static final int ENXIO = 6;
  private static final int EBADF = 9;
  private static final int ENOTDIR = 20;
  private static final int EISDIR = 21;
  private static final int ENAMETOOLONG = 36;
  private static final int ENOTEMPTY = 39;
  private static final int ESTALE = 116;
  private static final int EXCLUSIVE = 0200;
  private static final int SET_MODE = 1;
  private static final int SET_SIZE = 8;
  private static final int SET_MTIME_SAID = 0x120;
  private static final int SET_MTIME_NOW = 0x20;

  @Test
  void aNewAgreementEndsWhatWasOpen() {
    int fid = client.create("a", READ_WRITE, 0644);
    client.start();
    assertThat(client.fails(120, b -> b.putInt(fid))).isEqualTo(EBADF);
  }

  @Test
  void severalAttachToTheRootOrToWhatIsBelowIt() throws IOException {
    Files.createDirectories(at("a/b"));
    Files.writeString(at("a/b/c"), "deep");
    client.ok(104, b -> text(text(b.putInt(50).putInt(-1), "root"), "/a//b/").putInt(0));
    assertThat(client.details(client.walkFrom(50, "c")).size()).isEqualTo(4);
    assertThat(
            client.fails(
                104, b -> text(text(b.putInt(51).putInt(-1), "root"), "a/../..").putInt(0)))
        .isEqualTo(EINVAL);
    assertThat(client.fails(104, b -> text(text(b.putInt(50).putInt(-1), "root"), "").putInt(0)))
        .isEqualTo(EBADF);
  }

  @Test
  void aWalkGoesAsFarAsThereIsAWayAndTakesTheNumberOnlyAtItsEnd() throws IOException {
    Files.createDirectories(at("a/b"));
    NinePClient.Answer partly = client.tryWalk(ROOT, 9, "a", "b", "nothing", "more");
    assertThat(partly.type()).isEqualTo(111);
    assertThat(partly.body().getShort()).isEqualTo((short) 2);
    assertThat(client.fails(120, b -> b.putInt(9))).isEqualTo(EBADF);
    assertThat(client.tryWalk(ROOT, 9, "nothing").error()).isEqualTo(ENOENT);
    int same = client.walk();
    assertThat(client.details(same).path()).isEqualTo(client.details(ROOT).path());
    assertThat(client.tryWalk(same, same, "a", "b").error()).isZero();
    assertThat(client.details(same).path()).isNotEqualTo(client.details(ROOT).path());
    assertThat(client.tryWalk(ROOT, same).error()).isEqualTo(EBADF);
    String[] many = IntStream.range(0, 17).mapToObj(n -> ".").toArray(String[]::new);
    assertThat(client.tryWalk(ROOT, 9, many).error()).isEqualTo(EINVAL);
  }

  @Test
  void namesAreOneComponentOfAnyBytes() throws IOException {
    assertThat(client.tryWalk(ROOT, 9, "a/b").error()).isEqualTo(ENOENT);
    assertThat(client.tryWalk(ROOT, 9, "").error()).isEqualTo(ENOENT);
    assertThat(client.tryWalk(ROOT, 9, "a\0b").error()).isEqualTo(EINVAL);
    assertThat(client.tryWalk(ROOT, 9, "x".repeat(256)).error()).isEqualTo(ENAMETOOLONG);
    for (String name : List.of("x".repeat(255), "line\nbreak", "\u00ff\u00fe\u0001", " ", "...")) {
      int made = client.create(name, READ_WRITE | EXCLUSIVE, 0600);
      client.write(made, 0, name);
      client.clunk(made);
      int found = client.walk(name);
      client.open(found, 0);
      assertThat(client.read(found, 0, 1000)).isEqualTo(name);
    }
    int root = client.walk();
    client.open(root, 0);
    assertThat(client.entries(root, 4000))
        .extracting(Entry::name)
        .containsExactlyInAnyOrder(
            ".", "..", "x".repeat(255), "line\nbreak", "\u00ff\u00fe\u0001", " ", "...");
    for (String name : List.of(".", "..")) {
      assertThat(client.fails(72, b -> text(b.putInt(ROOT), name).putInt(0755).putInt(0)))
          .isEqualTo(EINVAL);
    }
  }

  @Test
  void filesAreReadAndWrittenAtAnyPlace() throws IOException {
    int fid = client.create("file", READ_WRITE | EXCLUSIVE, 0640);
    assertThat(client.write(fid, 1 << 20, "behind a hole")).isEqualTo(13);
    assertThat(client.read(fid, (1 << 20) + 7, 100)).isEqualTo("a hole");
    assertThat(client.read(fid, (1 << 20) - 3, 5)).isEqualTo("\0\0\0be");
    assertThat(client.read(fid, 2 << 20, 5)).isEmpty();
    assertThat(Files.size(at("file"))).isEqualTo((1 << 20) + 13);
    assertThat(Files.getPosixFilePermissions(at("file")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    assertThat(client.fails(116, b -> b.putInt(fid).putLong(-5).putInt(1))).isEqualTo(EINVAL);
    client.ok(50, b -> b.putInt(fid).putInt(1));
    client.ok(50, b -> b.putInt(fid).putInt(0));
  }

  @Test
  void aModeIsTheGuestsAndNotThatOfTheHostsMask() throws IOException {
    client.create("all", READ_WRITE, 0777);
    client.ok(72, b -> text(b.putInt(ROOT), "open").putInt(01777).putInt(0));
    assertThat(client.details(client.walk("all")).mode()).isEqualTo(0100777);
    assertThat(client.details(client.walk("open")).mode()).isEqualTo(041777);
  }

  @Test
  void setUserIdNeverReachesTheHost() {
    int fid = client.create("tool", READ_WRITE, 06755);
    assertThat(client.details(fid).mode()).isEqualTo(0100755);
    client.ok(26, client.setting(fid, SET_MODE, 06711, 0, 0));
    assertThat(client.details(fid).mode()).isEqualTo(0100711);
  }

  @Test
  void whatExistsIsOpenedUnlessOnlyANewFileWillDo() throws IOException {
    Files.writeString(at("old"), "kept");
    int fid = client.create("old", READ_WRITE, 0600);
    assertThat(client.read(fid, 0, 10)).isEqualTo("kept");
    int again = client.walk();
    assertThat(
            client.fails(
                14, b -> text(b.putInt(again), "old").putInt(EXCLUSIVE | 2).putInt(0600).putInt(0)))
        .isEqualTo(EEXIST);
    client.ok(14, b -> text(b.putInt(again), "old").putInt(TRUNCATE | 2).putInt(0600).putInt(0));
    assertThat(Files.size(at("old"))).isZero();
  }

  @Test
  void anOpenFileLivesOnWithoutAName() throws IOException {
    int fid = client.create("gone", READ_WRITE, 0600);
    client.write(fid, 0, "still here");
    int seen = client.walk("gone");
    client.ok(76, b -> text(b.putInt(ROOT), "gone").putInt(0));
    assertThat(at("gone")).doesNotExist();
    client.ok(26, client.setting(fid, SET_SIZE, 0, 5, 0));
    client.ok(26, client.setting(fid, SET_MODE, 0400, 0, 0));
    client.ok(26, client.setting(seen, SET_MTIME_SAID, 0, 0, 1234));
    Details details = client.details(fid);
    assertThat(details.size()).isEqualTo(5);
    assertThat(details.mode()).isEqualTo(0100400);
    assertThat(details.links()).isZero();
    assertThat(details.mtime()).isEqualTo(1234);
    assertThat(client.read(fid, 0, 100)).isEqualTo("still");
    assertThat(client.fails(122, b -> b.putInt(seen))).isEqualTo(ENOENT);
  }

  @Test
  void aFileThatIsMovedStaysTheSame() throws IOException {
    Files.createDirectory(at("a"));
    Files.createDirectory(at("b"));
    int fid = client.create("f", READ_WRITE, 0600, "a");
    int b = client.walk("b");
    int a = client.walk("a");
    client.ok(74, m -> text(text(m.putInt(a), "f").putInt(b), "g"));
    client.write(fid, 0, "moved");
    assertThat(at("b/g")).hasContent("moved");
    int moving = client.walk("b", "g");
    client.ok(20, m -> text(m.putInt(moving).putInt(a), "h")); // Trename
    assertThat(at("a/h")).hasContent("moved");
    client.ok(20, m -> text(m.putInt(moving).putInt(b), "i")); // by its present name
    assertThat(at("b/i")).hasContent("moved");
    assertThat(client.fails(20, m -> text(m.putInt(ROOT).putInt(b), "root"))).isEqualTo(EPERM);
    client.ok(122, m -> m.putInt(moving)); // Tremove
    assertThat(at("b/i")).doesNotExist();
    assertThat(client.fails(120, m -> m.putInt(moving))).isEqualTo(EBADF);
  }

  @Test
  void aRenameReplacesWhatHasTheName() throws IOException {
    Files.writeString(at("new"), "new");
    Files.writeString(at("old"), "old");
    client.ok(74, b -> text(text(b.putInt(ROOT), "new").putInt(ROOT), "old"));
    assertThat(at("old")).hasContent("new");
    assertThat(at("new")).doesNotExist();
  }

  @Test
  void foldersAreMadeAndRemovedWhenEmpty() throws IOException {
    client.ok(72, b -> text(b.putInt(ROOT), "d").putInt(0700).putInt(0));
    Files.writeString(at("d/f"), "");
    assertThat(client.fails(76, b -> text(b.putInt(ROOT), "d").putInt(0))).isEqualTo(EISDIR);
    assertThat(client.fails(76, b -> text(b.putInt(ROOT), "d").putInt(0x200))).isEqualTo(ENOTEMPTY);
    assertThat(client.fails(76, b -> text(b.putInt(ROOT), "d").putInt(1))).isEqualTo(EINVAL);
    Files.delete(at("d/f"));
    client.ok(76, b -> text(b.putInt(ROOT), "d").putInt(0x200));
    assertThat(at("d")).doesNotExist();
  }

  @Test
  void namesOfOneFileAreHardLinks() throws IOException {
    Files.writeString(at("one"), "");
    int one = client.walk("one");
    client.ok(70, b -> text(b.putInt(ROOT).putInt(one), "two"));
    assertThat(client.details(one).links()).isEqualTo(2);
    assertThat(client.details(client.walk("two")).path()).isEqualTo(client.details(one).path());
    Files.createSymbolicLink(at("link"), Path.of("one"));
    int link = client.walk("link");
    client.ok(70, b -> text(b.putInt(ROOT).putInt(link), "same-link"));
    assertThat(Files.readSymbolicLink(at("same-link"))).isEqualTo(Path.of("one"));
  }

  @Test
  void symbolicLinksAreTheGuestsToFollow() throws IOException {
    client.ok(16, b -> text(text(b.putInt(ROOT), "l"), "/etc/passwd").putInt(0));
    int link = client.walk("l");
    assertThat(client.call(22, b -> b.putInt(link)).text()).isEqualTo("/etc/passwd");
    assertThat(client.details(link).mode()).isEqualTo(0120777);
    assertThat(client.details(link).qidType()).isEqualTo(2);
    assertThat(client.tryWalk(ROOT, 99, "l", "x").body().getShort()).isEqualTo((short) 1);
    assertThat(client.fails(12, b -> b.putInt(link).putInt(0))).isEqualTo(40); // ELOOP
    client.ok(26, client.setting(link, SET_MTIME_SAID, 0, 0, 77)); // of the link itself
    assertThat(Files.getLastModifiedTime(at("l"), LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(77)));
    assertThat(client.fails(26, client.setting(link, SET_SIZE, 0, 0, 0))).isEqualTo(EINVAL);
    assertThat(client.fails(26, client.setting(link, SET_MODE, 0777, 0, 0))).isEqualTo(EOPNOTSUPP);
    int file = client.create("f", READ_WRITE, 0600);
    assertThat(client.fails(22, b -> b.putInt(file))).isIn(EINVAL, ENOENT);
  }

  @Test
  void pipesAndSocketsAreMadeButNeverOpenedAndDevicesAreNeither() {
    client.ok(18, b -> node(b, "pipe", 0010644));
    client.ok(18, b -> node(b, "socket", 0140644));
    client.ok(18, b -> node(b, "file", 0100644));
    for (int device : new int[] {0020644, 0060644}) {
      assertThat(client.fails(18, b -> node(b, "device", device))).isEqualTo(EPERM);
    }
    for (String special : List.of("pipe", "socket")) {
      int fid = client.walk(special);
      assertThat(client.fails(12, b -> b.putInt(fid).putInt(0))).isEqualTo(ENXIO);
      int over = client.walk();
      assertThat(
              client.fails(14, b -> text(b.putInt(over), special).putInt(1).putInt(0600).putInt(0)))
          .isEqualTo(ENXIO);
    }
    assertThat(client.details(client.walk("pipe")).mode()).isEqualTo(0010644);
  }

  @Test
  void aDeviceOfTheHostIsNotOpened() {
    try (SharedFolder devices = SharedFolder.open(Path.of("/dev"), "dev", true, reports::add)) {
      NinePClient other = new NinePClient(devices).start();
      int zero = other.walk("zero");
      assertThat(other.fails(12, b -> b.putInt(zero).putInt(0))).isEqualTo(ENXIO);
    }
  }

  @Test
  void timesAreTheOnesSaidOrTheHostsNow() throws IOException {
    Files.writeString(at("f"), "");
    int fid = client.walk("f");
    client.ok(26, client.setting(fid, SET_MTIME_SAID, 0, 0, 1_000_000));
    assertThat(client.details(fid).mtime()).isEqualTo(1_000_000);
    client.ok(26, client.setting(fid, SET_MTIME_NOW, 0, 0, 5));
    assertThat(client.details(fid).mtime()).isGreaterThan(1_600_000_000);
    client.ok(26, client.setting(fid, SET_MTIME_SAID | SET_SIZE, 0, 10, -3_000));
    assertThat(client.details(fid).mtime()).isEqualTo(-3_000); // after the new size
    assertThat(client.details(fid).valid()).isIn(0x7ffL, 0xfffL);
  }

  @Test
  void anOwnerThatItHasAlreadyNeedsNoRight() throws IOException {
    Files.writeString(at("f"), "");
    int fid = client.walk("f");
    int user = (int) Files.getAttribute(at("f"), "unix:uid");
    int group = (int) Files.getAttribute(at("f"), "unix:gid");
    client.ok(
        26,
        b -> b.putInt(fid).putInt(6).putInt(0).putInt(user).putInt(group).putLong(0).putLong(0));
  }

  @Test
  void aLargeFolderIsReadInPiecesWhileItChanges() throws IOException {
    Set<String> names = new HashSet<>();
    for (int n = 0; n < 2000; n++) {
      names.add("file-" + n);
      Files.writeString(at("file-" + n), "");
    }
    int fid = client.walk();
    client.open(fid, 0);
    List<Entry> first = client.entries(fid, 0, 4096);
    Set<String> seen = new HashSet<>();
    first.forEach(entry -> seen.add(entry.name()));
    long next = first.getLast().next();
    for (int round = 0; ; round++) {
      Files.writeString(at("new-" + round), "");
      for (String name : names) {
        if (!seen.contains(name) && Files.deleteIfExists(at(name))) {
          names.remove(name);
          break;
        }
      }
      List<Entry> more = client.entries(fid, next, 4096);
      if (more.isEmpty()) {
        break;
      }
      assertThat(more).extracting(Entry::name).noneMatch(name -> !seen.add(name));
      next = more.getLast().next();
    }
    assertThat(seen).contains(".", "..").containsAll(names);
    // From a place that an earlier answer had, the same follows.
    assertThat(client.entries(fid, first.get(20).next(), 1000).getFirst()).isEqualTo(first.get(21));
    assertThat(client.entries(fid, 0, 100)).isNotEmpty();
    assertThat(client.fails(40, b -> b.putInt(fid).putLong(0).putInt(10))).isEqualTo(EINVAL);
    int file = client.walk(names.iterator().next());
    client.open(file, 0);
    assertThat(client.fails(40, b -> b.putInt(file).putLong(0).putInt(100))).isEqualTo(ENOTDIR);
    assertThat(client.fails(116, b -> b.putInt(fid).putLong(0).putInt(100))).isEqualTo(EISDIR);
  }

  @Test
  void theFileSystemIsA9pOne() {
    ByteBuffer b = client.ok(8, request -> request.putInt(ROOT));
    assertThat(b.getInt()).isEqualTo(0x0102_1997);
    assertThat(b.getInt()).isPositive();
    assertThat(b.getLong()).isPositive();
    assertThat(b.remaining()).isEqualTo(5 * 8 + 4);
  }

  @Test
  void whatWasOpenIsOpenAgainAfterARestoreHereAndElsewhere() throws IOException {
    Files.createDirectory(at("d"));
    int fid = client.create("f", READ_WRITE, 0600, "d");
    client.write(fid, 0, "before");
    int nameless = client.create("nameless", READ_WRITE, 0600);
    client.write(nameless, 0, "open");
    client.ok(76, b -> text(b.putInt(ROOT), "nameless").putInt(0));
    int locked = client.walk("d", "f");
    client.open(locked, 0);
    assertThat(lock(locked, 1, 0, 0, 1)).isZero();
    int moved = client.walk("d");
    var state = share.state();
    Files.move(at("d"), at("e"));
    int later = client.walk("e");
    share.restore(state); // Here everything is as it was.
    assertThat(client.read(nameless, 0, 9)).isEqualTo("open");
    assertThat(client.fails(120, b -> b.putInt(later))).isEqualTo(EBADF);
    Files.move(at("e"), at("d"));
    List<String> told = new ArrayList<>();
    try (SharedFolder elsewhere = SharedFolder.open(folder, "work", false, told::add)) {
      elsewhere.restore(state);
      NinePClient other = new NinePClient(elsewhere);
      assertThat(other.read(fid, 0, 9)).isEqualTo("before");
      other.write(fid, 6, " and after");
      assertThat(at("d/f")).hasContent("before and after");
      assertThat(other.details(moved).qidType()).isEqualTo(0x80);
      assertThat(other.ok(52, lockOf(fid, 1, 0, 0, 2)).get()).isEqualTo((byte) 1);
      assertThat(other.fails(116, b -> b.putInt(nameless).putLong(0).putInt(1))).isEqualTo(ESTALE);
      other.clunk(nameless);
    }
    assertThat(told)
        .singleElement()
        .asString()
        .contains("1 files that the guest had open are not there any more");
  }

  @Test
  void bytesOfANameArriveAsTheyAre() throws IOException {
    byte[] odd = {(byte) 0xc3, 0x28, '\t', '"', '\\'};
    int fid = client.create(new String(odd, StandardCharsets.ISO_8859_1), READ_WRITE, 0600);
    client.clunk(fid);
    assertThat(client.tryWalk(ROOT, 5, new String(odd, StandardCharsets.ISO_8859_1)).error())
        .isZero();
  }
}
