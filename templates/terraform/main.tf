# What this module is: it gives one named outside service access to this account, under the conditions of
# trust-policy.json.tftpl, with the managed policies that you name and no other rights. It makes a role with one
# policy. It runs no code in your account, opens nothing else, and tells nobody: the service learns of the role from
# you, when you enter the account's number or the role's ARN on your launch page.

locals {
  trusted_arn = split(":", var.trusted_principal_arn)

  # The account as a whole; the trust policy narrows it to the one role by aws:PrincipalArn. A role named as the
  # principal itself would be lost for ever once it was deleted and made again.
  trusted_account_arn = "arn:${local.trusted_arn[1]}:iam::${local.trusted_arn[4]}:root"
}

# The role by which the service enters: who may, and with what external ID, is in trust-policy.json.tftpl.
resource "aws_iam_role" "client" {
  name                 = var.role_name
  path                 = var.role_path
  description          = "Entered by the service behind account ${local.trusted_arn[4]}, with this account's external ID"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = templatefile("${path.module}/trust-policy.json.tftpl", {
    trusted_account_arn   = local.trusted_account_arn
    trusted_principal_arn = var.trusted_principal_arn
    external_id           = var.external_id
  })
}

# What the role may do.
resource "aws_iam_role_policy_attachment" "profile" {
  for_each = var.managed_policy_arns

  role       = aws_iam_role.client.name
  policy_arn = each.value
}

# Lets the service, once it has entered, see whether this role still is what it was made to be: whom it trusts and
# what it may do. It can look at this role alone, and cannot change it.
resource "aws_iam_role_policy" "self_inspection" {
  name = "SelfInspection"
  role = aws_iam_role.client.name

  policy = templatefile("${path.module}/self-inspection.json.tftpl", {
    role_arn = aws_iam_role.client.arn
  })
}
