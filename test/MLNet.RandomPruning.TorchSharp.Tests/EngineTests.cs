using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;
using TorchSharp;

namespace MLNet.RandomPruning.Torch.Tests;

[TestClass]
[RequiresLibTorch]
public class EngineTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void MemoryIsFlatOverTwoHundredSteps()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.9);
        var images = GeneratedImages.Create(128, seed: 1, cancellationToken: TestContext.CancellationToken);
        using var engine = Samples.Torch(initial, 16);
        float[] logits = new float[16 * 10], gradients = new float[16 * GeneratedImages.Shape.Size];
        var found = new NetworkState(initial.Mask);
        void Steps(int count)
        {
            for (int number = 0; number < count; number++)
            {
                var batch = Samples.Batch(images, 16, number);
                engine.TrainStep(batch, Samples.Step);
                if (number % 20 == 0)
                {
                    engine.Predict(batch, logits);
                    engine.InputGradients(batch, gradients);
                    engine.ComputeGradients(batch, 0, found);
                }
            }
        }

        Steps(40);
        long tensors = torch.Tensor.TotalCount, memory = ResidentBytes();
        Steps(200);
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        long growth = ResidentBytes() - memory;
        TestContext.WriteLine($"{tensors} tensors, grown by {growth >> 10} KiB");
        // Steps that kept their activations would keep more than 1 GiB.
        Assert.IsLessThan(48L << 20, growth);
    }

    [TestMethod]
    public void DisposingGivesAllTensorsBack()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.5);
        var images = GeneratedImages.Create(8, seed: 1, cancellationToken: TestContext.CancellationToken);
        long left = Samples.LeftInTheCount(initial), before = torch.Tensor.TotalCount;
        using (var outer = torch.NewDisposeScope())
        {
            var engine = Samples.Torch(initial, 8, Samples.OnCpu with { KeepImagesOnDevice = true });
            engine.TrainStep(Samples.Batch(images, 8), Samples.Step);
            Assert.IsGreaterThan(before, torch.Tensor.TotalCount);
            engine.Dispose();
        }

        Assert.AreEqual(before + left, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void AnEngineOutlivesTheScopeItWasMadeIn()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.5);
        var images = GeneratedImages.Create(8, seed: 1, cancellationToken: TestContext.CancellationToken);
        TorchSharpEngine engine;
        using (torch.NewDisposeScope())
        {
            engine = Samples.Torch(initial, 8);
        }

        using (engine)
        {
            Assert.IsTrue(double.IsFinite(engine.TrainStep(Samples.Batch(images, 8), Samples.Step).Loss));
        }
    }

    [TestMethod]
    [DataRow(4, PaddingMode.Reflect)]
    [DataRow(5, PaddingMode.Zero)]
    [DataRow(0, PaddingMode.Zero)]
    public void ImagesKeptOnTheDeviceAreShownAsFromTheHost(int padding, PaddingMode mode)
    {
        var initial = Samples.Initial("ResNet-8-2", 0.5);
        var images = GeneratedImages.Create(40, seed: 3, cancellationToken: TestContext.CancellationToken).Slice(3, 37);
        var batch = Samples.Batch(images, 37, 2, new Augmentation(padding, mode));
        using var onHost = new PixelLoader(initial.Network.InputShape, torch.device("cpu"), Samples.OnCpu with { KeepImagesOnDevice = false }, 37);
        using var onDevice = new PixelLoader(initial.Network.InputShape, torch.device("cpu"), Samples.OnCpu with { KeepImagesOnDevice = true }, 37);
        using var scope = torch.NewDisposeScope();
        foreach (var (first, count) in new[] { (0, 37), (5, 20), (36, 1) })
        {
            var expected = onHost.Load(batch, first, count);
            var actual = onDevice.Load(batch, first, count);
            CollectionAssert.AreEqual(expected.shape, actual.shape);
            Assert.IsTrue(expected.contiguous().bytes.SequenceEqual(actual.contiguous().bytes));
        }
    }

    [TestMethod]
    public void SetsThatDoNotFitOnTheDeviceComeFromTheHost()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.5);
        var images = GeneratedImages.Create(16, seed: 3, cancellationToken: TestContext.CancellationToken);
        var options = Samples.OnCpu with { KeepImagesOnDevice = true, MaximumImageBytes = 1000 };
        using TorchSharpEngine kept = Samples.Torch(initial, 8, Samples.OnCpu with { KeepImagesOnDevice = true }), notKept = Samples.Torch(initial, 8, options);
        for (int number = 0; number < 2; number++)
        {
            var batch = Samples.Batch(images, 8, number);
            Assert.AreEqual(kept.TrainStep(batch, Samples.Step).Loss, notKept.TrainStep(batch, Samples.Step).Loss, 1e-6);
        }
    }

    [TestMethod]
    public void HalfPrecisionStaysCloseAndKeepsFullWeights()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.8);
        var images = GeneratedImages.Create(32, seed: 5, cancellationToken: TestContext.CancellationToken);
        using var full = Samples.Torch(initial, 16);
        using var half = Samples.Torch(initial, 16, Samples.OnCpu with { Precision = TorchPrecision.BFloat16 });
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
        var batch = Samples.Batch(images, 16);
        var loss = full.ComputeGradients(batch, 0, expected);
        var halfLoss = half.ComputeGradients(batch, 0, actual);
        Assert.AreEqual(loss.Loss, halfLoss.Loss, 0.03 * loss.Loss);
        Assert.AreEqual(loss.GradientNorm, halfLoss.GradientNorm, 0.1 * loss.GradientNorm);

        half.Read(actual);
        foreach (var tensor in initial.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, actual[tensor.Name], tensor.Name);
        }

        double first = 0, last = 0;
        for (int number = 0; number < 20; number++)
        {
            last = half.TrainStep(Samples.Batch(images, 16, number % 2), Samples.Step).Loss;
            first = number == 0 ? last : first;
        }

        Assert.IsLessThan(0.8 * first, last);
    }

    [TestMethod]
    public void PrunedWeightsStayZeroInsideTheEngine()
    {
        // Gradients of pruned weights reach nothing: the state has no place for them, and a dense engine with the same zeros
        // in place of a mask moves away from them.
        var initial = Samples.Initial("ResNet-8-4", 0.9);
        var images = GeneratedImages.Create(64, seed: 6, cancellationToken: TestContext.CancellationToken);
        using var masked = Samples.Torch(initial, 16);
        using var sparse = Samples.Sparse(initial, 16);
        for (int number = 0; number < 4; number++)
        {
            var batch = Samples.Batch(images, 16, number);
            masked.TrainStep(batch, Samples.Step);
            sparse.TrainStep(batch, Samples.Step);
        }

        // Only with zeros in all pruned places do the predictions agree.
        float[] expected = new float[160], actual = new float[160];
        sparse.Predict(Samples.Batch(images, 16), expected);
        masked.Predict(Samples.Batch(images, 16), actual);
        Assert.IsLessThan(5e-3, Samples.Distance(expected, actual) / Samples.Norm(expected));
    }

    [TestMethod]
    public void BadBatchesAndNamesAreRefusedWithWhatToDo()
    {
        var initial = Samples.Initial("ResNet-8-2", 0.5);
        var shape = initial.Network.InputShape;
        using var engine = Samples.Torch(initial, 4);
        AssertSays("batches of 1 to 4 images", () => engine.TrainStep(new PixelBatch(shape, new float[5 * shape.Size], new int[5]), Samples.Step));
        AssertSays("label 10", () => engine.TrainStep(new PixelBatch(shape, new float[shape.Size], new[] { 10 }), Samples.Step));
        AssertSays("2 labels", () => engine.InputGradients(new PixelBatch(shape, new float[shape.Size], new int[2]), new float[shape.Size]));
        AssertSays("3×8×8", () => engine.Predict(new PixelBatch(new ImageShape(3, 8, 8), new float[192]), new float[10]));
        AssertSays("room for 9", () => engine.Predict(new PixelBatch(shape, new float[shape.Size]), new float[9]));
        AssertSays("'gpu' is not a device", () => Samples.Torch(initial, 4, new TorchSharpEngineOptions { Device = "gpu" }));
        AssertSays("'cuda:x' is not a device", () => Samples.Torch(initial, 4, new TorchSharpEngineOptions { Device = "cuda:x" }));
        AssertSays("keeps 2 weights", () => engine.Read(OtherMask(initial)), "masks differ");
        AssertSays("layer 'fc'", () => engine.Load(initial, OtherMask(initial)), "masks differ");
        AssertSays("ResNet-8-4", () => engine.Load(Samples.Initial("ResNet-8-4", 0)), "made for ResNet-8-2");
    }

    [TestMethod]
    public void OneImageWithOnePixelPlanesIsRefused()
    {
        var initial = Samples.Initial("ResNet-8-2", 0.5, new ImageShape(1, 4, 4), 2);
        using var engine = Samples.Torch(initial, 4);
        AssertSays("at least two images", () => engine.TrainStep(new PixelBatch(initial.Network.InputShape, new float[16], new int[1]), Samples.Step));
    }

    [TestMethod]
    public void ADeviceThatIsNotThereIsRefused()
    {
        if (TorchRuntime.HasCuda())
        {
            var error = Assert.ThrowsExactly<NotSupportedException>(() => TorchRuntime.DeviceNamed("cuda:99"));
            Assert.Contains("cuda:99", error.Message);
            Assert.AreEqual(DeviceType.CUDA, TorchRuntime.DeviceNamed("auto").type);
        }
        else
        {
            var error = Assert.ThrowsExactly<NotSupportedException>(() => TorchRuntime.DeviceNamed("cuda"));
            Assert.Contains("no CUDA device", error.Message);
            Assert.AreEqual(DeviceType.CPU, TorchRuntime.DeviceNamed("auto").type);
        }
    }

    [TestMethod]
    public void ItTrainsFromAnyThread()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.5);
        var images = GeneratedImages.Create(32, seed: 6, cancellationToken: TestContext.CancellationToken);
        using var here = Samples.Torch(initial, 16);
        using var there = Samples.Torch(initial, 16);
        for (int number = 0; number < 2; number++)
        {
            var batch = Samples.Batch(images, 16, number);
            var expected = here.TrainStep(batch, Samples.Step);
            StepResult found = default;
            var thread = new Thread(() => found = there.TrainStep(batch, Samples.Step));
            thread.Start();
            thread.Join();
            Assert.AreEqual(expected.Loss, found.Loss, 1e-5 * expected.Loss);
        }
    }

    private static NetworkState OtherMask(NetworkState initial)
    {
        var layers = initial.Mask.Layers.ToArray();
        layers[^1] = Pruning.WeightMask.FromIndices(layers[^1].Layer, [0, 1]);
        return new NetworkState(new Pruning.NetworkMask(initial.Network, layers));
    }

    private static void AssertSays(string words, Action action, string? moreWords = null)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(action);
        Assert.Contains(words, error.Message);
        Assert.Contains(moreWords ?? words, error.Message);
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
