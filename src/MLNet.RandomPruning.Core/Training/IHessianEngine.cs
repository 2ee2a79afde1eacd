using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// A training engine with second derivatives of the loss. GraSP asks for them; SNIP needs nothing beyond
/// <see cref="ITrainingEngine.ComputeGradients"/>.
/// </summary>
public interface IHessianEngine : ITrainingEngine
{
    /// <summary>
    /// H·v, where H is the Hessian with respect to the kept weights of convolutions and linear layers of the loss of
    /// <see cref="ITrainingEngine.ComputeGradients"/> without label smoothing: the mean cross-entropy over the batch, in training
    /// mode, with all derivatives of the batch's own statistics. Biases and batch-norm parameters are constants, and the
    /// rectifier's second derivative is zero everywhere, so this is the gradient of Σ v ⊙ ∇loss. Changes neither weights nor
    /// running statistics.
    /// </summary>
    /// <param name="batch">The batch, with labels; at most as many images as the engine was made for.</param>
    /// <param name="direction">v: its weight tensors are read, all others are not looked at.</param>
    /// <param name="product">Takes H·v in its weight tensors; all others become zero. May be the same object as <paramref name="direction"/>.</param>
    /// <param name="cancellationToken">Checked several times on the way.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the product is as it was.</exception>
    void HessianVectorProduct(ImageBatch batch, NetworkState direction, NetworkState product, CancellationToken cancellationToken = default);
}
