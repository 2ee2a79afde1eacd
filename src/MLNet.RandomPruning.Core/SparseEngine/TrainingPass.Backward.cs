namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class TrainingPass
{
    // [activation]: the gradient of the sum in front of the rectifier; several activations share a buffer.
    private readonly BlockBuffer[] _gradients;
    private readonly IReadOnlyList<BlockBuffer> _gradientBuffers;

    private bool _toImage;

    private void Backward(bool toImage)
    {
        _toImage = toImage;
        for (int index = _plan.Activations.Length - 2; index >= 0; index--)
        {
            var activation = _plan.Activations[index];
            foreach (var reader in activation.Readers)
            {
                BeginDense(_convolutions[reader.Index].Layer);
            }

            _team.Run(_blocks, _backwardPhases[index]);
            foreach (var reader in activation.Readers)
            {
                EndDense(_convolutions[reader.Index].Layer);
            }

            FinishGradients(activation);
        }
    }

    private void FinishGradients(ActivationNode activation)
    {
        foreach (var node in activation.Convolutions)
        {
            _convolutions[node.Index].Norm.FinishGradients(_batch.Count, activation.Shape.PlaneSize, _batchStatistics);
        }
    }

    private void BackwardHead(int block, WorkerScratch scratch, float* planes, float perPixel)
    {
        int classes = _plan.Head.Outputs;
        float* gradients = scratch.LogitGradients.Pointer;
        for (int output = 0; output < classes; output++)
        {
            _blockBiasGradients[block * classes + output] = LaneSums.Of(gradients + output * SparseKernels.Lanes);
        }

        SetWeightGradients(_head, block, scratch, new WeightGradientJob
        {
            Input = scratch.Features.Pointer,
            Gradient = gradients,
            GradientPlane = SparseKernels.Lanes,
            Stride = 1,
            Rows = 1,
            Columns = 1,
        });

        var last = _plan.Activations[^1];
        _kernels.Convolve(ConvolutionJob.OfLinear(_head.Lists.Backward[0], gradients, scratch.FeatureGradients.Pointer));
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            float* feature = scratch.FeatureGradients.Pointer + channel * SparseKernels.Lanes;
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }

            _kernels.Fill(_gradients[last.Index].Plane(block, channel), last.Shape.PlaneSize, feature);
            BackThroughActivation(last, block, channel, planes, scratch);
        }
    }

    /// <summary>
    /// Gradients that flow into a block of an activation: from each convolution that reads it (with that convolution's weight
    /// gradients on the way) and from the sum that it is a summand of.
    /// </summary>
    private void BackwardBlock(ActivationNode activation, int block, WorkerScratch scratch)
    {
        float* planes = MakeActivation(activation, block, scratch, first: false);
        bool accumulate = false;
        foreach (var reader in activation.Readers)
        {
            var convolution = _convolutions[reader.Index];
            float* outputGradient = MakeOutputGradient(convolution, block, scratch);
            var layout = convolution.Layer.Lists.Gradient;
            SetWeightGradients(convolution.Layer, block, scratch, new WeightGradientJob
            {
                Input = planes,
                InputRow = reader.Layer.Stride * activation.Padded.RowFloats,
                Stride = reader.Layer.Stride,
                Gradient = outputGradient + layout.Origin,
                GradientPlane = layout.PlaneFloats,
                GradientRow = layout.RowFloats,
                Rows = reader.Layer.OutputShape.Height,
                Columns = reader.Layer.OutputShape.Width,
            });
            if (activation.Index > 0 || _toImage)
            {
                BackThroughConvolution(convolution, block, outputGradient, accumulate);
            }

            accumulate = true;
        }

        for (int channel = 0; activation.Index > 0 && channel < activation.Shape.Channels; channel++)
        {
            BackThroughActivation(activation, block, channel, planes, scratch);
        }
    }

    /// <summary>The gradient of a convolution's output, padded, from the gradient behind its batch-norm.</summary>
    private float* MakeOutputGradient(ConvolutionState convolution, int block, WorkerScratch scratch)
    {
        var padded = convolution.Layer.Lists.Gradient;
        float* planes = scratch.Gradient(padded);
        int images = Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes);
        scratch.LaneMask.Span[..images].Fill(1);
        scratch.LaneMask.Span[images..].Clear();
        for (int channel = 0; channel < padded.Shape.Channels; channel++)
        {
            _kernels.NormGradient(
                _gradients[convolution.Node.Output.Index].Plane(block, channel), convolution.Output(block, channel),
                planes + channel * padded.PlaneFloats + padded.Origin, new PlaneShape(padded), convolution.Norm.Gradient[channel], scratch.LaneMask.Pointer);
        }

        return planes;
    }

    private void SetWeightGradients(LayerState layer, int block, WorkerScratch scratch, WeightGradientJob job)
    {
        job.Taps = layer.Dense?.Taps ?? layer.Lists.Forward;
        job.Sums = scratch.WeightSums.Pointer;
        job.SumCapacity = scratch.SumCapacity;
        job.Result = layer.Dense is { } dense ? dense.Gradients(block) : layer.Gradients(block);
        _kernels.WeightGradients(job);
    }

    /// <summary>A convolution's part of the gradient of its input, a phase of pixels at a time.</summary>
    private void BackThroughConvolution(ConvolutionState convolution, int block, float* outputGradient, bool accumulate)
    {
        var layer = convolution.Node.Layer;
        var lists = convolution.Layer.Lists;
        int stride = layer.Stride;
        int row = layer.InputShape.Width * SparseKernels.Lanes;
        float* gradient = _gradients[convolution.Node.Input.Index].Block(block);
        for (int phase = 0; phase < lists.Backward.Length; phase++)
        {
            int firstRow = phase / stride, firstColumn = phase % stride;
            _kernels.Convolve(new ConvolutionJob(lists.Backward[phase])
            {
                Input = outputGradient,
                InputRow = lists.Gradient.RowFloats,
                Output = gradient + firstRow * row + firstColumn * SparseKernels.Lanes,
                OutputPlane = layer.InputShape.PlaneSize * SparseKernels.Lanes,
                OutputRow = stride * row,
                OutputPixel = stride * SparseKernels.Lanes,
                Rows = (layer.InputShape.Height - firstRow + stride - 1) / stride,
                Columns = (layer.InputShape.Width - firstColumn + stride - 1) / stride,
                Accumulate = accumulate,
            });
        }
    }

    /// <summary>Back through residual sum and rectifier, with the sums that batch-norm's gradient needs.</summary>
    private void BackThroughActivation(ActivationNode activation, int block, int channel, float* planes, WorkerScratch scratch)
    {
        var first = _convolutions[activation.Convolutions[0].Index];
        var second = activation.Convolutions.Count > 1 ? _convolutions[activation.Convolutions[1].Index] : null;
        float* sums = scratch.LaneTotals.Pointer;
        float* firstProducts = sums + SparseKernels.Lanes, secondProducts = sums + 2 * SparseKernels.Lanes;
        _kernels.BackThroughActivation(new ActivationGradientJob
        {
            Gradient = _gradients[activation.Index].Plane(block, channel),
            Residual = activation.ResidualUsers.Count == 0 ? null : _gradients[activation.ResidualUsers[0].Index].Plane(block, channel),
            Activation = planes + channel * activation.Padded.PlaneFloats + activation.Padded.Origin,
            First = first.Output(block, channel),
            FirstMean = first.Norm.Mean[channel],
            Second = second is null ? null : second.Output(block, channel),
            SecondMean = second is null ? 0 : second.Norm.Mean[channel],
            Shape = new PlaneShape(activation.Padded),
            Sums = sums,
            FirstProducts = firstProducts,
            SecondProducts = secondProducts,
        });
        double sum = SumOfImages(sums, SparseKernels.Lanes);
        first.Norm.SetGradientSums(block, channel, sum, SumOfImages(firstProducts, SparseKernels.Lanes));
        second?.Norm.SetGradientSums(block, channel, sum, SumOfImages(secondProducts, SparseKernels.Lanes));
    }

    private void Gather(int image, Span<float> destination)
    {
        var shape = _plan.Network.InputShape;
        int lane = image % SparseKernels.Lanes, next = 0;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            float* plane = _gradients[0].Plane(image / SparseKernels.Lanes, channel) + lane;
            for (int pixel = 0; pixel < shape.PlaneSize; pixel++)
            {
                destination[next++] = plane[pixel * SparseKernels.Lanes] * _loader.Factor[channel];
            }
        }
    }
}
