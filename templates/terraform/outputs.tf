output "role_arn" {
  description = "The role that the service enters. The launch page takes it in place of the account's number."
  value       = aws_iam_role.client.arn

  # What is entered on the launch page is tried at once, so it should not be shown before the role can do all it is to.
  depends_on = [
    aws_iam_role_policy_attachment.profile,
    aws_iam_role_policy.self_inspection,
  ]
}

output "role_name" {
  description = "The name of that role."
  value       = aws_iam_role.client.name
}
