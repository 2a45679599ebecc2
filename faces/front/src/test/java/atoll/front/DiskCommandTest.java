package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskCommandTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int disk(String... arguments) {
    String[] words = new String[arguments.length + 1];
    words[0] = "disk";
    for (int n = 0; n < arguments.length; n++) {
      words[n + 1] = arguments[n].replace("@", folder + "/");
    }
    out.reset();
    err.reset();
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
    return new CommandLineFront(
            Clock.host(), Effects.host(), environment::get, stream(out), stream(err))
        .run(words);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void anImageIsMadeAndShownForPeopleAndPrograms() {
    assertThat(disk("create", "@a.qcow2", "1.5G", "-o", "cluster_size=4k,lazy_refcounts=on"))
        .isZero();
    assertThat(shown()).contains("a.qcow2: qcow2, 1.5 GiB");
    assertThat(disk("create", "-b", "a.qcow2", "-F", "qcow2", "@b.qcow2")).isZero();
    assertThat(disk("info", "@b.qcow2")).isZero();
    assertThat(shown())
        .contains("file format: qcow2\n", "virtual size: 1.5 GiB (1610612736 bytes)\n")
        .contains("backing file: a.qcow2 (actual path: ", "backing file format: qcow2\n");
    assertThat(disk("info", "@b.qcow2", "--backing-chain", "--output", "json")).isZero();
    assertThat(shown())
        .startsWith("[")
        .contains("\"virtual-size\" : 1610612736", "\"cluster-size\" : 4096")
        .contains("\"backing-filename-format\" : \"qcow2\"", "\"lazy-refcounts\" : true");
  }

  @Test
  void aCheckSaysWhatItHasFoundByItsCodeToo() throws IOException {
    disk("create", "@a.qcow2", "1M");
    assertThat(disk("check", "@a.qcow2")).isZero();
    assertThat(shown()).contains("No errors were found on the image.\n0/16 = 0.00% allocated");
    Path image = folder.resolve("a.qcow2");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(image));
    int counts = (int) bytes.getLong((int) bytes.getLong(48));
    bytes.putShort(counts, (short) 2);
    Files.write(image, bytes.array());
    assertThat(disk("check", "@a.qcow2")).isEqualTo(3);
    assertThat(shown()).contains("1 leaked clusters were found");
    bytes.putShort(counts, (short) 0);
    Files.write(image, bytes.array());
    assertThat(disk("check", "@a.qcow2", "--output", "json")).isEqualTo(2);
    assertThat(shown()).contains("\"corruptions\" : 1");
    assertThat(disk("check", "-r", "all", "@a.qcow2")).isZero();
    assertThat(disk("check", "-q", "@a.qcow2")).isZero();
    assertThat(shown()).isEmpty();
    Files.write(folder.resolve("raw"), new byte[512]);
    assertThat(disk("check", "@raw")).isEqualTo(63);
    assertThat(disk("check", "@missing")).isEqualTo(1);
    assertThat(said()).contains("missing does not exist");
  }

  @Test
  void imagesAreConvertedResizedCommittedAndRebased() throws IOException {
    byte[] content = new byte[1 << 20];
    content[5] = 5;
    Files.write(folder.resolve("a.raw"), content);
    assertThat(disk("convert", "-O", "qcow2", "-c", "-q", "@a.raw", "@a.qcow2")).isZero();
    assertThat(said()).isEmpty();
    assertThat(disk("create", "-q", "-b", "a.qcow2", "-F", "qcow2", "@b.qcow2")).isZero();
    assertThat(disk("resize", "@b.qcow2", "+1M")).isZero();
    assertThat(disk("resize", "@b.qcow2", "1M")).isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("--shrink");
    assertThat(disk("commit", "@b.qcow2")).isZero();
    assertThat(disk("rebase", "-b", "", "@b.qcow2")).isZero();
    assertThat(disk("convert", "@b.qcow2", "@b.raw")).isZero();
    assertThat(Files.size(folder.resolve("b.raw"))).isEqualTo(2 << 20);
    assertThat(Files.readAllBytes(folder.resolve("b.raw"))[5]).isEqualTo((byte) 5);
  }

  @Test
  void snapshotsAreMadeListedAppliedAndDeleted() {
    disk("create", "@a.qcow2", "1M");
    assertThat(disk("snapshot", "@a.qcow2")).isZero();
    assertThat(shown()).isEmpty();
    assertThat(disk("snapshot", "-c", "first", "@a.qcow2")).isZero();
    assertThat(disk("snapshot", "-l", "@a.qcow2")).isZero();
    assertThat(shown())
        .startsWith("Snapshot list:\nID        TAG               VM SIZE                DATE")
        .containsPattern("\n1         first                 0 B [0-9 :-]{19} 00:00:00.000\n");
    assertThat(disk("snapshot", "-a", "first", "@a.qcow2")).isZero();
    assertThat(disk("snapshot", "-d", "second", "@a.qcow2")).isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("has no snapshot 'second'");
    assertThat(disk("snapshot", "-d", "1", "@a.qcow2")).isZero();
  }

  @Test
  void aMapIsShownForPeopleAndPrograms() throws IOException {
    byte[] content = new byte[1 << 20];
    content[100_000] = 1;
    Files.write(folder.resolve("a.raw"), content);
    disk("convert", "-O", "qcow2", "@a.raw", "@a.qcow2");
    assertThat(disk("map", "@a.qcow2")).isZero();
    assertThat(shown())
        .startsWith(
            "Offset          Length          Mapped to       File\n0x10000         0x10000         0x")
        .endsWith("a.qcow2\n")
        .hasLineCount(2);
    assertThat(disk("map", "@a.qcow2", "--output=json", "-s", "64K", "-l", "128K")).isZero();
    assertThat(shown())
        .startsWith(
            "[{\"start\":65536,\"length\":65536,\"depth\":0,\"present\":true,\"zero\":false")
        .contains("\"length\":65536,\"depth\":0,\"present\":false,\"zero\":true,\"data\":false")
        .endsWith("}]\n");
    disk("convert", "-O", "qcow2", "-c", "@a.raw", "@c.qcow2");
    assertThat(disk("map", "@c.qcow2")).isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("compressed clusters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          crate                          | unknown command 'crate'; did you mean create?
          create x                       | say how large it is to be
          create x 1Q                    | '1Q' is not the size of a disk
          create x 1G -f vmdk            | qemu-img convert -f vmdk -O qcow2
          create x 1G -o cluster_sise=4k | no option 'cluster_sise' of an image; did you mean cluster_size?
          create x 1G -o cluster_size=5k | cluster_size is a power of two from 512 to 2M
          create x 1G -o lazy_refcounts=yes | lazy_refcounts is 'yes', expected off or on
          create x 1G -o encrypt.format=luks | Atoll makes no encrypted images
          create x 1G -o compat=0.10,extended_l2=on | compat=0.10 has no lazy_refcounts, extended_l2
          create x 1G -f raw -o cluster_size=4k | a raw image has no cluster_size
          create x -b y                  | say what the backing file is: -F raw or -F qcow2
          info nbd://                    | 'nbd://' has no host
          commit nbd://h/x               | nbd://h/x is not a file
          snapshot -c a -d b x           | -l, -c, -a and -d are four things to do; give one
          serve x --listen here          | 'here' is not a place to listen at
          serve x --listen 1 --socket s  | --listen and --socket are two places
          serve x --tls-key k            | TLS needs a certificate of the server
          serve x --max-clients 0        | --max-clients is 0, expected 1 to 10000
          resize x +some                 | 'some' is not the size of a disk
          """)
  void wrongUseIsSaidInOneSentence(String words, String sentence) {
    assertThat(disk(words.split(" "))).isEqualTo(ExitCode.USAGE);
    assertThat(said()).startsWith("atoll: ").contains(sentence).hasLineCount(1);
  }
}
