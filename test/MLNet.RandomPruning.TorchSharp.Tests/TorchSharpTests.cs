using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>What the engine relies on in TorchSharp, of the package or of the stand-in.</summary>
[TestClass]
[RequiresLibTorch]
public class TorchSharpTests
{
    [TestMethod]
    public void AnErrorInNativeCodeIsAnExceptionWithItsMessage()
    {
        using var scope = NewDisposeScope();
        var error = Assert.ThrowsExactly<ExternalException>(() => zeros([2, 3]).add_(zeros([4, 5])));
        Assert.Contains("size of tensor", error.Message);

        // The next call is not troubled by it.
        Assert.AreEqual(6, ones([2, 3]).sum().ToSingle());
        Assert.ThrowsExactly<ExternalException>(() => zeros([2, 3]).view(7));
        Assert.ThrowsExactly<ExternalException>(() => nn.functional.conv2d(zeros([1, 3, 8, 8]), zeros([4, 2, 3, 3])));
    }

    [TestMethod]
    public void AnErrorInTheBackwardPassIsAnException()
    {
        using var scope = NewDisposeScope();
        var leaf = ones([3]).requires_grad_();
        var product = leaf.mul(leaf);
        leaf.detach().mul_(2);
        Assert.ThrowsExactly<ExternalException>(() => autograd.backward([product]), "Three values have no gradient of their own.");
        var sum = (leaf * leaf).sum();
        autograd.backward([sum]);
        Assert.ThrowsExactly<ExternalException>(() => autograd.backward([sum]), "The graph is gone.");
    }

    [TestMethod]
    public void ScopesFreeWhatIsMadeInThem()
    {
        long before = Tensor.TotalCount;
        Tensor kept, outer;
        using (var first = NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                outer = ones([2]).add(ones([2])).MoveToOuterDisposeScope();
                kept = outer.add(outer).DetachFromDisposeScope();
            }

            Assert.AreEqual(before + 2, Tensor.TotalCount);
            Assert.IsFalse(outer.IsInvalid);
        }

        Assert.IsTrue(outer.IsInvalid);
        Assert.AreEqual(before + 1, Tensor.TotalCount);
        Assert.AreEqual(8, kept.sum().ToSingle());
        kept.Dispose();
        Assert.ThrowsExactly<InvalidOperationException>(() => kept.sum());
    }

    [TestMethod]
    public void FinalisersFreeWhatNobodyDisposed()
    {
        long before = Tensor.TotalCount;
        MakeGarbage();
        for (int attempt = 0; attempt < 10 && Tensor.TotalCount > before; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void NoGradEndsWithItsScopeAndIsPerThread()
    {
        Assert.IsTrue(is_grad_enabled());
        using (no_grad())
        {
            Assert.IsFalse(is_grad_enabled());
            bool elsewhere = false;
            var thread = new Thread(() => elsewhere = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.IsTrue(elsewhere);
        }

        Assert.IsTrue(is_grad_enabled());
    }

    [TestMethod]
    public void GradientsOfGradients()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2f, -3f], [3]).requires_grad_();
        var cubes = (x * x * x).sum();
        var first = autograd.grad([cubes], [x], retain_graph: true, create_graph: true)[0];
        autograd.backward([(first * first).sum()]);
        // d/dx Σ(3x²)² = 36x³
        float[] found = MemoryMarshal.Cast<byte, float>(x.grad!.contiguous().bytes).ToArray();
        CollectionAssert.AreEqual(new[] { 36f, 288f, -972f }, found);
    }

    [TestMethod]
    public void ValuesGoInAndComeOut()
    {
        using var scope = NewDisposeScope();
        var values = tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, values.shape);
        Assert.AreEqual(ScalarType.Float32, values.dtype);
        CollectionAssert.AreEqual(new[] { 1f, 4f, 2f, 5f, 3f, 6f }, MemoryMarshal.Cast<byte, float>(values.permute(1, 0).contiguous().bytes).ToArray());
        Assert.ThrowsExactly<InvalidOperationException>(() => values.permute(1, 0).bytes.Length);
        Assert.AreEqual(2, values.argmax(1).narrow(0, 0, 1).ToInt64());
        Assert.AreEqual(3.5f, values.mean([0, 1]).ToSingle());
        Assert.AreEqual(ScalarType.BFloat16, values.to(ScalarType.BFloat16).dtype);
        Assert.AreEqual(21, values.to(ScalarType.BFloat16).sum(ScalarType.Float32).ToSingle());
    }

    private static void MakeGarbage()
    {
        for (int i = 0; i < 50; i++)
        {
            _ = ones([10]);
        }
    }
}
