using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class TrainingPass
{
    // [weight layer]: takes the gradient of all its weights; null in all steps but those that ask for it.
    private IReadOnlyList<float[]>? _denseGradients;

    /// <summary>
    /// The gradient of the mean loss with respect to all weights, the pruned ones too, in training mode. Activations and their
    /// gradients come from the kept weights as ever; only the sums over a layer's weights run over all positions. Those of kept
    /// weights are those of <see cref="Gradients"/> but for the order of their summands. Lists of all positions, and room for each
    /// block's part, are there only while their layer has its turn.
    /// </summary>
    /// <param name="batch">The batch, checked by the caller.</param>
    /// <param name="labelSmoothing">The share of the target that is spread evenly.</param>
    /// <param name="gradients">One array of all weights a weight layer.</param>
    /// <returns>Loss, correct answers and the norm over the kept weights.</returns>
    public StepResult DenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients)
    {
        _denseGradients = gradients;
        try
        {
            Start(batch, labelSmoothing, 1f / batch.Count, toImage: false);
            Forward(updateRunning: false);
            Backward();
        }
        finally
        {
            _denseGradients = null;
            foreach (var layer in _weightLayers)
            {
                layer.EndDense();
            }
        }

        var squares = new double[_weightLayers.Length];
        for (int index = 0; index < squares.Length; index++)
        {
            float[] dense = gradients[index];
            foreach (int kept in _weightLayers[index].Lists.Kept)
            {
                squares[index] += (double)dense[kept] * dense[kept];
            }
        }

        return ResultOf(squares);
    }

    // Before the phase in which a layer's weight gradients are computed.
    private void BeginDense(LayerState layer)
    {
        if (_denseGradients is not null)
        {
            layer.BeginDense(_blocks);
        }
    }

    // After it.
    private void EndDense(LayerState layer)
    {
        if (_denseGradients is not null)
        {
            layer.Dense!.AddUp(_blocks, _denseGradients[Array.IndexOf(_weightLayers, layer)]);
            layer.EndDense();
        }
    }
}
