using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>
/// ONNX Runtime, which scores with a dense network. Its threads spin while a run is under way, as they do by default: that is
/// faster, and when the run is over they sleep, so that nobody else pays for it.
/// </summary>
internal sealed class OnnxPeer : IDisposable
{
    private readonly PeerProcess _process;

    /// <summary>Starts it.</summary>
    public OnnxPeer(PeerPlaces places, CancellationToken cancellationToken)
    {
        _process = new PeerProcess("ONNX Runtime", places.Node, [places.Script("onnx_peer.mjs"), places.NodeFolder], new Dictionary<string, string>(), cancellationToken);
        Version = _process.Greet().GetProperty("onnxRuntime").GetString()!;
    }

    /// <summary>The version of ONNX Runtime.</summary>
    public string Version { get; }

    /// <summary>Makes a session for inputs of one shape, and runs it first times.</summary>
    public void Prepare(string key, string path, int threads, int[] shape, int[] output) => _process.Ask("prepare", new JsonObject
    {
        ["key"] = key, ["path"] = path, ["threads"] = threads, ["spinning"] = true, ["shape"] = Array(shape), ["output"] = Array(output),
    });

    /// <summary>Runs the session; the milliseconds that each run took.</summary>
    public List<double> Run(string key, int count) => TorchPeer.Numbers(_process.Ask("run", new JsonObject { ["key"] = key, ["count"] = count }).GetProperty("times"));

    /// <summary>Lets the session go.</summary>
    public void Drop(string key) => _process.Ask("drop", new JsonObject { ["key"] = key });

    public void Dispose() => _process.Dispose();

    private static JsonArray Array(int[] lengths) => [.. lengths.Select(length => JsonValue.Create(length))];
}
