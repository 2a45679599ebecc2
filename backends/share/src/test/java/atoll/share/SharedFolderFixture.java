package atoll.share;

import static atoll.share.NinePClient.ROOT;
import static atoll.share.NinePClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A shared folder and a client of it, which ends a test that has left a report. */
abstract class SharedFolderFixture {
  static final int ENOENT = 2;
  static final int EEXIST = 17;
  static final int EINVAL = 22;
  static final int EOPNOTSUPP = 95;
  static final int READ_WRITE = 2;
  static final int TRUNCATE = 01000;
  @TempDir Path folder;
  final List<String> reports = new ArrayList<>();
  SharedFolder share;
  NinePClient client;

  @BeforeEach
  void share() {
    share = SharedFolder.open(folder, "work", false, reports::add);
    client = new NinePClient(share).start();
  }

  @AfterEach
  void nothingUnexpected() {
    share.close();
    assertThat(reports).isEmpty();
  }

  Path at(String name) {
    return folder.resolve(name);
  }

  static void node(ByteBuffer b, String name, int mode) {
    text(b.putInt(ROOT), name).putInt(mode).putInt(1).putInt(3).putInt(0);
  }

  static java.util.function.Consumer<ByteBuffer> lockOf(
      int fid, int kind, long start, long length, int process) {
    return b ->
        text(
            b.putInt(fid).put((byte) kind).putInt(0).putLong(start).putLong(length).putInt(process),
            "guest");
  }

  int lock(int fid, int kind, long start, long length, int process) {
    return client.ok(52, lockOf(fid, kind, start, length, process)).get();
  }
}
