using System.Runtime.Intrinsics;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class HessianPass
{
    private void Backward(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _team.Run(_blocks, (block, worker) => HeadBlock(block, _scratch[worker]));
        FinishNorms(_plan.Activations[^1]);
        for (int index = _plan.Activations.Length - 2; index >= 0; index--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var activation = _plan.Activations[index];
            _team.Run(_blocks, (block, worker) => BackwardBlock(activation, block, _scratch[worker]));
            FinishNorms(activation);
        }
    }

    private void FinishNorms(ActivationNode activation)
    {
        foreach (var node in activation.Convolutions)
        {
            _convolutions[node.Index].Norm.FinishBackward(_batch.Count, activation.Shape.PlaneSize);
        }
    }

    /// <summary>Pools the last activation, runs the linear layer and the loss, and goes back through them.</summary>
    private void HeadBlock(int block, TangentScratch scratch)
    {
        var last = _plan.Activations[^1];
        MakeActivation(last, block, scratch, first: true, out float* planes, out float* tangents);
        float* features = scratch.Values.Features.Pointer, featureTangents = scratch.Tangents.Features.Pointer;
        Pool(last, planes, features);
        Pool(last, tangents, featureTangents);
        fixed (float* biases = _headBias)
        {
            Multiply(_head.Weights.Lists.Forward, features, scratch.Values.Logits.Pointer, accumulate: false, biases);
        }

        Multiply(_head.Direction.Lists.Forward, features, scratch.Tangents.Logits.Pointer, accumulate: false);
        Multiply(_head.Weights.Lists.Forward, featureTangents, scratch.Tangents.Logits.Pointer, accumulate: true);
        SetLossGradients(block, scratch);
        BackwardHead(block, scratch, planes);
    }

    private static void Pool(ActivationNode activation, float* planes, float* features)
    {
        // The border is zero, so the whole padded plane may be summed.
        int paddedPixels = activation.Padded.PlaneFloats / SparseKernels.Lanes;
        var perPixel = Vector512.Create(1f / activation.Shape.PlaneSize);
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            var sum = TangentKernels.Sum(planes + channel * activation.Padded.PlaneFloats, paddedPixels);
            Vector512.Store(sum * perPixel, features + channel * SparseKernels.Lanes);
        }
    }

    private void Multiply(TapLists taps, float* input, float* output, bool accumulate, float* biases = null)
    {
        var job = ConvolutionJob.OfLinear(taps, input, output, biases);
        job.Accumulate = accumulate;
        _kernels.Convolve(job);
    }

    private void BackwardHead(int block, TangentScratch scratch, float* planes)
    {
        float* gradients = scratch.Values.LogitGradients.Pointer, gradientTangents = scratch.Tangents.LogitGradients.Pointer;
        var job = new WeightGradientJob { GradientPlane = SparseKernels.Lanes, Stride = 1, Rows = 1, Columns = 1 };
        SetWeightGradients(_head.Direction, block, scratch, job, scratch.Values.Features.Pointer, gradientTangents);
        SetWeightGradients(_head.Weights, block, scratch, job, scratch.Tangents.Features.Pointer, gradients);

        float* features = scratch.Values.FeatureGradients.Pointer, featureTangents = scratch.Tangents.FeatureGradients.Pointer;
        Multiply(_head.Weights.Lists.Backward[0], gradients, features, accumulate: false);
        Multiply(_head.Weights.Lists.Backward[0], gradientTangents, featureTangents, accumulate: false);
        Multiply(_head.Direction.Lists.Backward[0], gradients, featureTangents, accumulate: true);

        var last = _plan.Activations[^1];
        var perPixel = Vector512.Create(1f / last.Shape.PlaneSize);
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            int at = channel * SparseKernels.Lanes;
            TangentKernels.Fill(_gradients[last.Index].Plane(block, channel), last.Shape.PlaneSize, Vector512.Load(features + at) * perPixel);
            TangentKernels.Fill(_gradientTangents[last.Index].Plane(block, channel), last.Shape.PlaneSize, Vector512.Load(featureTangents + at) * perPixel);
            FinishPlane(last, block, channel, planes);
        }
    }

    /// <summary>
    /// Gradients and their tangents that flow into a block of an activation: from each convolution that reads it, Wᵀg and
    /// Wᵀġ + Vᵀg, with both summands of the tangent of that convolution's weight gradients, ġ⊗a and g⊗ȧ, on the way; and from
    /// the sums that it is a summand of.
    /// </summary>
    private void BackwardBlock(ActivationNode activation, int block, TangentScratch scratch)
    {
        MakeActivation(activation, block, scratch, first: false, out float* planes, out float* tangents);
        bool accumulate = false;
        foreach (var reader in activation.Readers)
        {
            var layer = _convolutions[reader.Index].Layer;
            MakeOutputGradients(_convolutions[reader.Index], block, scratch, out float* gradients, out float* gradientTangents);
            SetWeightGradients(reader, block, scratch, layer.Direction, planes, gradientTangents);
            if (activation.Index > 0)
            {
                float* target = _gradients[activation.Index].Block(block), targetTangent = _gradientTangents[activation.Index].Block(block);
                SetWeightGradients(reader, block, scratch, layer.Weights, tangents, gradients);
                BackThroughConvolution(reader, layer.Weights, gradients, target, accumulate);
                BackThroughConvolution(reader, layer.Weights, gradientTangents, targetTangent, accumulate);
                BackThroughConvolution(reader, layer.Direction, gradients, targetTangent, accumulate: true);
            }

            accumulate = true;
        }

        var flat = RowLayout.Flat(activation.Padded);
        for (int channel = 0; activation.Index > 0 && channel < activation.Shape.Channels; channel++)
        {
            foreach (var user in activation.ResidualUsers)
            {
                TangentKernels.Copy(_gradients[user.Index].Plane(block, channel), _gradients[activation.Index].Plane(block, channel), flat, accumulate: true);
                TangentKernels.Copy(_gradientTangents[user.Index].Plane(block, channel), _gradientTangents[activation.Index].Plane(block, channel), flat, accumulate: true);
            }

            FinishPlane(activation, block, channel, planes);
        }
    }

    /// <summary>The gradient of a convolution's output and its tangent, padded, from those behind its batch-norm.</summary>
    private void MakeOutputGradients(TangentConvolution convolution, int block, TangentScratch scratch, out float* gradients, out float* gradientTangents)
    {
        var padded = convolution.Layer.Weights.Lists.Gradient;
        gradients = scratch.Values.Gradient(padded);
        gradientTangents = scratch.Tangents.Gradient(padded);
        var inward = RowLayout.Inward(padded);
        var norm = convolution.Norm;
        int index = convolution.Node.Output.Index, images = ImagesOf(block);
        for (int channel = 0; channel < padded.Shape.Channels; channel++)
        {
            int at = channel * padded.PlaneFloats + padded.Origin;
            float* gradient = _gradients[index].Plane(block, channel), gradientTangent = _gradientTangents[index].Plane(block, channel);
            float* output = convolution.Outputs.Plane(block, channel), outputTangent = convolution.Tangents.Plane(block, channel);
            TangentKernels.NormGradient(gradient, output, gradients + at, inward, norm.Gradient[channel], images, accumulate: false);
            TangentKernels.NormGradient(gradientTangent, outputTangent, gradientTangents + at, inward, norm.TangentOfGradient[channel], images, accumulate: false);
            TangentKernels.NormGradient(gradient, output, gradientTangents + at, inward, norm.GradientOfTangent[channel], images, accumulate: true);
        }
    }

    private void SetWeightGradients(ConvolutionNode node, int block, TangentScratch scratch, LayerState layer, float* input, float* gradients)
    {
        var padded = layer.Lists.Gradient;
        SetWeightGradients(layer, block, scratch, new WeightGradientJob
        {
            InputRow = node.Layer.Stride * node.Input.Padded.RowFloats,
            Stride = node.Layer.Stride,
            GradientPlane = padded.PlaneFloats,
            GradientRow = padded.RowFloats,
            Rows = node.Layer.OutputShape.Height,
            Columns = node.Layer.OutputShape.Width,
        }, input, gradients + padded.Origin);
    }

    private void SetWeightGradients(LayerState layer, int block, TangentScratch scratch, WeightGradientJob job, float* input, float* gradients)
    {
        job.Input = input;
        job.Gradient = gradients;
        job.Taps = layer.WeightGradient.Taps;
        job.Scratch = scratch.Values.WeightGradient.Pointer;
        job.Sums = layer.WeightGradient[block];
        _kernels.WeightGradients(job);
    }

    /// <summary>A convolution's part of the gradient of its input, a phase of pixels at a time.</summary>
    private void BackThroughConvolution(ConvolutionNode node, LayerState weights, float* outputGradient, float* gradient, bool accumulate)
    {
        var layer = node.Layer;
        int stride = layer.Stride;
        int row = layer.InputShape.Width * SparseKernels.Lanes;
        for (int phase = 0; phase < weights.Lists.Backward.Length; phase++)
        {
            int firstRow = phase / stride, firstColumn = phase % stride;
            _kernels.Convolve(new ConvolutionJob(weights.Lists.Backward[phase])
            {
                Input = outputGradient,
                InputRow = weights.Lists.Gradient.RowFloats,
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

    /// <summary>Back through the rectifier, and the sums that the gradients of batch-norm need.</summary>
    private void FinishPlane(ActivationNode activation, int block, int channel, float* planes)
    {
        int pixels = activation.Shape.PlaneSize;
        float* gradient = _gradients[activation.Index].Plane(block, channel);
        float* gradientTangent = _gradientTangents[activation.Index].Plane(block, channel);
        float* plane = planes + channel * activation.Padded.PlaneFloats + activation.Padded.Origin;
        TangentKernels.Gate(gradient, plane, RowLayout.Inward(activation.Padded));
        TangentKernels.Gate(gradientTangent, plane, RowLayout.Inward(activation.Padded));

        int images = ImagesOf(block);
        double sum = TangentKernels.OverImages(TangentKernels.Sum(gradient, pixels), images);
        double sumTangent = TangentKernels.OverImages(TangentKernels.Sum(gradientTangent, pixels), images);
        foreach (var node in activation.Convolutions)
        {
            var convolution = _convolutions[node.Index];
            var norm = convolution.Norm;
            float* output = convolution.Outputs.Plane(block, channel), outputTangent = convolution.Tangents.Plane(block, channel);
            norm.SetGradientSums(block, channel, new BlockGradientSums(
                sum,
                TangentKernels.OverImages(TangentKernels.Products(output, norm.Mean[channel], gradient, pixels), images),
                sumTangent,
                TangentKernels.OverImages(TangentKernels.Products(output, norm.Mean[channel], gradientTangent, pixels), images)
                    + TangentKernels.OverImages(TangentKernels.Products(outputTangent, norm.TangentMean[channel], gradient, pixels), images)));
        }
    }
}
