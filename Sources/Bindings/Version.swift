/// The version that `--version` and `sentx.version` report.
public let sentxVersion = "0.1.0"
