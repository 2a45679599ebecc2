import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * An image of one layer as a tar that {@code podman load}, {@code docker load} and
 * {@code skopeo} read: an OCI image layout (OCI image specification 1.1), with the
 * {@code manifest.json} that Docker before 25 looks for beside it.
 */
final class OciImage {
  private static final String TYPE = "application/vnd.oci.image.";
  private static final Map<String, String> ARCHITECTURES =
      Map.of("amd64", "amd64", "aarch64", "arm64", "riscv64", "riscv64", "ppc64le", "ppc64le");

  private final String version;
  private final Path tree;
  private final Path base;

  /**
   * @param tree what is installed
   * @param base the files of a system that it needs
   */
  OciImage(String version, Path tree, Path base) {
    this.version = version;
    this.tree = tree;
    this.base = base;
  }

  private record Blob(String digest, byte[] content) {
    Blob(byte[] content) {
      this(hex(sha256().digest(content)), content);
    }

    Blob(String text) {
      this(text.getBytes(StandardCharsets.UTF_8));
    }

    String path() {
      return "blobs/sha256/" + digest;
    }

    String descriptor(String type, String more) {
      return """
      {"mediaType": "%s%s", "digest": "sha256:%s", "size": %d%s}"""
          .formatted(TYPE, type, digest, content.length, more);
    }
  }

  Path write(Path folder) throws IOException {
    Path file = folder.resolve(tree.getFileName() + ".oci.tar");
    MessageDigest unpacked = sha256();
    Blob layer = new Blob(layer(unpacked));
    Blob config = new Blob(config(hex(unpacked.digest())));
    Blob manifest =
        new Blob(
            """
            {"schemaVersion": 2, "mediaType": "%smanifest.v1+json", "config": %s, "layers": [%s]}
            """
                .formatted(
                    TYPE,
                    config.descriptor("config.v1+json", ""),
                    layer.descriptor("layer.v1.tar+gzip", "")));
    PackedFile.write(
        file,
        out -> {
          try (PackedTree tar = PackedTree.plain(out)) {
            tar.file("oci-layout", bytes("{\"imageLayoutVersion\": \"1.0.0\"}\n"));
            tar.file("index.json", bytes(index(manifest)));
            tar.file("manifest.json", bytes(dockers(config, layer)));
            for (Blob blob : new Blob[] {config, layer, manifest}) {
              tar.file(blob.path(), blob.content());
            }
          }
        });
    return file;
  }

  private byte[] layer(MessageDigest unpacked) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OutputStream digested = new DigestOutputStream(new GZIPOutputStream(bytes, 1 << 16), unpacked);
    try (PackedTree system = PackedTree.plain(digested)) {
      for (Path file : PackedTree.files(base)) {
        system.add(file, base.relativize(file).toString());
      }
      system.file("etc/passwd", bytes("root:x:0:0:root:/root:/bin/sh\n"));
      system.folder("root", 0700);
      system.folder("tmp", 01777);
      DebianPackage.install(system, tree, (place, content) -> {});
    }
    return bytes.toByteArray();
  }

  private String config(String unpacked) {
    return """
    {"created": "%1$s", "architecture": "%2$s", "os": "linux",
     "config": {"Entrypoint": ["/usr/bin/atoll"], "Cmd": ["help"], "WorkingDir": "/root",
      "Env": ["PATH=/usr/bin:/bin", "HOME=/root"],
      "Labels": {"org.opencontainers.image.title": "atoll", "org.opencontainers.image.version": "%3$s",
       "org.opencontainers.image.licenses": "Apache-2.0"}},
     "rootfs": {"type": "layers", "diff_ids": ["sha256:%4$s"]},
     "history": [{"created": "%1$s", "created_by": "atoll package --oci"}]}
    """
        .formatted(PackedTree.TIME, architecture(), version, unpacked);
  }

  private static String architecture() {
    String host = System.getProperty("os.arch");
    return ARCHITECTURES.getOrDefault(host, host);
  }

  private String index(Blob manifest) {
    return """
    {"schemaVersion": 2, "mediaType": "%sindex.v1+json", "manifests": [%s]}
    """
        .formatted(
            TYPE,
            manifest.descriptor(
                "manifest.v1+json",
                ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"%s\"}"
                    .formatted(version)));
  }

  private String dockers(Blob config, Blob layer) {
    return """
    [{"Config": "%s", "RepoTags": ["atoll:%s"], "Layers": ["%s"]}]
    """
        .formatted(config.path(), version, layer.path());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
