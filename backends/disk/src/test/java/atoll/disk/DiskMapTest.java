package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a disk's map says, beside qemu-img's. */
class DiskMapTest {
  private static final Pattern ROW =
      Pattern.compile(
          "\"start\": (\\d+), \"length\": (\\d+), \"depth\": (\\d+), \"present\": (\\w+), \"zero\": (\\w+), \"data\": (\\w+)(?:, \"compressed\": \\w+)?(?:, \"offset\": (\\d+))?");

  @TempDir private Path folder;

  @BeforeEach
  void make() {
    QemuImg.assumeInstalled();
    QemuImg.img(folder, "create", "-q", "-f", "raw", "base", "3M");
    raw("base", "write -P 1 0 1M", "write -P 1 2M 64k");
    over("base", "raw", "one", "4M");
    QemuImg.io(
        folder,
        "one",
        "write -P 2 64k 128k",
        "write -z 256k 64k",
        "write -z -u 512k 64k",
        "write -P 3 3584k 64k",
        "write -c -P 4 1M 64k");
    over("one", "qcow2", "two", "5M");
    QemuImg.io(folder, "two", "write -P 5 128k 192k", "write -P 6 4608k 64k", "discard 1M 64k");
    QemuImg.img(folder, "create", "-q", "-f", "qcow2", "empty", "1M");
    over("empty", "qcow2", "three", "2M");
    QemuImg.img(folder, "create", "-q", "-f", "qcow2", "-o", "extended_l2=on", "sub", "1M");
    QemuImg.io(folder, "sub", "write 0 4k", "write -z 8k 4k", "write 64k 64k");
  }

  private void raw(String image, String... commands) {
    List<String> words = new ArrayList<>(List.of("-f", "raw"));
    for (String command : commands) {
      words.addAll(List.of("-c", command));
    }
    words.add(image);
    assertThat(QemuImg.run(folder, "qemu-io", words).code()).isZero();
  }

  private void over(String below, String format, String image, String size) {
    QemuImg.img(folder, "create", "-q", "-f", "qcow2", "-b", below, "-F", format, image, size);
  }

  /** Places of what is not data are of no use, and differ between versions of QEMU. */
  private static String row(
      String start, String length, String depth, String present, String data, String offset) {
    return String.join(" ", start, length, depth, present, data, data.equals("true") ? offset : "");
  }

  private List<String> theirs(String image) {
    Matcher matcher = ROW.matcher(QemuImg.img(folder, "map", "--output=json", image));
    List<String> rows = new ArrayList<>();
    while (matcher.find()) {
      assertThat(matcher.group(5)).isNotEqualTo(matcher.group(6));
      rows.add(
          row(
              matcher.group(1),
              matcher.group(2),
              matcher.group(3),
              matcher.group(4),
              matcher.group(6),
              "" + matcher.group(7)));
    }
    assertThat(rows).isNotEmpty();
    return rows;
  }

  private List<String> ours(String image, int most) {
    List<String> rows = new ArrayList<>();
    DiskMap map;
    long from = 0;
    do {
      map =
          ImageTool.map(
              DiskLocation.of(folder.resolve(image)), Optional.empty(), from, 1L << 40, most);
      for (DiskMap.Run run : map.runs()) {
        String offset = run.offset().isPresent() ? "" + run.offset().getAsLong() : "null";
        rows.add(
            row(
                "" + run.start(),
                "" + run.length(),
                "" + run.depth(),
                "" + run.present(),
                "" + run.data(),
                offset));
        assertThat(run.zero()).isEqualTo(!run.data());
      }
      from = map.next();
    } while (map.runs().size() == most);
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "one", "two", "empty", "three", "sub"})
  void itIsAsQemuHasIt(String image) {
    List<String> expected = theirs(image);
    assertThat(ours(image, 10_000)).isEqualTo(expected);
    assertThat(ours(image, 2)).isEqualTo(expected);
  }

  @Test
  void aPartIsMappedFromAnyByteToAnyOther() {
    DiskMap map =
        ImageTool.map(
            DiskLocation.of(folder.resolve("one")), Optional.empty(), 100_000, 200_000, 10);
    assertThat(map.next()).isEqualTo(200_000);
    assertThat(map.runs())
        .extracting(DiskMap.Run::start, DiskMap.Run::length, DiskMap.Run::depth)
        .containsExactly(tuple(100_000L, 96_608L, 0), tuple(196_608L, 3_392L, 1));
  }
}
