namespace MLNet.RandomPruning.Benchmarks;

/// <summary>Where the peers' programs are.</summary>
/// <param name="Python">The Python that has PyTorch.</param>
/// <param name="Node">Node.js.</param>
/// <param name="NodeFolder">The folder whose node_modules holds onnxruntime-node.</param>
internal sealed record PeerPlaces(string Python, string Node, string NodeFolder)
{
    /// <summary>The path of one of the peers' scripts, which lie next to this program.</summary>
    public string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Peers", name);
}
