using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>How PyTorch is run: what was the fastest on this machine.</summary>
/// <param name="Layout">The memory format of images and weights, NCHW or channels-last.</param>
/// <param name="Capability">ATen's instruction set, as in ATEN_CPU_CAPABILITY; empty for PyTorch's own choice.</param>
internal sealed record TorchVariant(string Layout, string Capability)
{
    /// <inheritdoc/>
    public override string ToString() => Capability.Length == 0 ? Layout : $"{Layout}, {Capability}";
}

/// <summary>What some training steps of PyTorch took, in milliseconds.</summary>
/// <param name="Steps">Whole steps.</param>
/// <param name="UnmaskedSteps">The same without applying the masks, which a dense network does not need.</param>
internal sealed record TorchTimes(List<double> Steps, List<double> UnmaskedSteps);

/// <summary>PyTorch with one number of threads and one instruction set.</summary>
internal sealed class TorchPeer : IDisposable
{
    private const string Key = "training";
    private const double Density = 0.1;
    private const int TrialVisits = 3, TrialSteps = 2;

    private readonly PeerProcess _process;

    private TorchPeer(PeerPlaces places, int threads, string capability, CancellationToken cancellationToken)
    {
        Capability = capability;
        var environment = new Dictionary<string, string>
        {
            ["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture),
            // On as many threads as cores, threads that spin at a barrier take time from those that work, and from the others here.
            ["OMP_WAIT_POLICY"] = "PASSIVE",
        };
        if (capability.Length > 0)
        {
            environment["ATEN_CPU_CAPABILITY"] = capability;
        }

        _process = new PeerProcess("PyTorch", places.Python, [places.Script("torch_peer.py")], environment, cancellationToken);
        Version = _process.Greet().GetProperty("torch").GetString()!;
    }

    /// <summary>The version of PyTorch.</summary>
    public string Version { get; }

    private string Capability { get; }

    /// <summary>Starts PyTorch.</summary>
    public static TorchPeer Start(PeerPlaces places, int threads, string capability, CancellationToken cancellationToken) => new(places, threads, capability, cancellationToken);

    /// <summary>Tries all variants, in turns, and says which has the fastest step.</summary>
    /// <param name="places">Where programs are.</param>
    /// <param name="network">The network to try.</param>
    /// <param name="batch">The batch size.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static TorchVariant FindFastest(PeerPlaces places, string network, int batch, int threads, CancellationToken cancellationToken)
    {
        // Of itself, PyTorch 1.13 leaves 512-bit vectors alone, even where they are faster.
        string[] capabilities = Avx512F.IsSupported ? ["", "avx512"] : [""];
        var best = new Dictionary<TorchVariant, double>();
        var peers = new List<TorchPeer>();
        try
        {
            peers.AddRange(capabilities.Select(capability => Start(places, threads, capability, cancellationToken)));
            foreach (string layout in (string[])["NCHW", "channels-last"])
            {
                peers.ForEach(peer => peer.Prepare(network, batch, layout));
                for (int visit = 0; visit < TrialVisits; visit++)
                {
                    foreach (var peer in peers)
                    {
                        var variant = new TorchVariant(layout, peer.Capability);
                        best[variant] = Math.Min(best.GetValueOrDefault(variant, double.MaxValue), peer.Run(TrialSteps).Steps.Min());
                    }
                }

                peers.ForEach(peer => peer.Drop());
            }

            return best.MinBy(pair => pair.Value).Key;
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    /// <summary>Makes a training, and runs first steps of it.</summary>
    /// <returns>The number of parameters of the network.</returns>
    public long Prepare(string network, int batch, string layout) => _process.Ask("train_prepare", new JsonObject
    {
        ["key"] = Key, ["network"] = network, ["batch"] = batch, ["density"] = Density, ["layout"] = layout,
    }).GetProperty("parameters").GetInt64();

    /// <summary>Runs steps of the training.</summary>
    public TorchTimes Run(int count)
    {
        var answer = _process.Ask("train_run", new JsonObject { ["key"] = Key, ["count"] = count });
        var steps = Numbers(answer.GetProperty("times"));
        return new TorchTimes(steps, [.. steps.Zip(Numbers(answer.GetProperty("masking")), (step, masking) => step - masking)]);
    }

    /// <summary>Lets the training go.</summary>
    public void Drop() => _process.Ask("drop", new JsonObject { ["key"] = Key });

    /// <summary>The most memory that the process has had at a time, in bytes.</summary>
    public long PeakMemory() => _process.Ask("peak_memory").GetProperty("bytes").GetInt64();

    /// <summary>Writes a dense network as an ONNX file; without a name, a rectifier of one value.</summary>
    public void Export(string? network, string path) => _process.Ask("export", new JsonObject { ["network"] = network, ["path"] = path });

    public void Dispose() => _process.Dispose();

    /// <summary>The numbers of a JSON array.</summary>
    internal static List<double> Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}
